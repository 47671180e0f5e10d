import { LabIcon } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import {
  cellIcon,
  chartIcon,
  dashboardIcon,
  insertIcon,
  pauseIcon,
  resumeIcon,
  stepIcon,
  stopIcon
} from '../icons';
import { isLive } from '../kernel/wire';
import { IQuery } from '../store/queries';
import { Sparkline } from './sparkline';

/** What a row can do besides showing itself. */
export interface IDeeds {
  control(query: IQuery, action: 'stop' | 'pause' | 'resume' | 'step'): void;
  dashboard(query: IQuery): void;
  chart(query: IQuery): void;
  jump(query: IQuery): void;
  insert(query: IQuery): void;
}

interface IProps {
  query: IQuery;
  message: string;
  deeds: IDeeds;
  sparklines: boolean;
  trans: TranslationBundle;
}

/** One query: its name and state, the newest figures, and its buttons; drawn anew only when one of them changed. */
export const Query = React.memo(function Query(props: IProps): JSX.Element {
  const { query, message, deeds, sparklines, trans } = props;
  return (
    <li className="swb-Query" data-state={query.state} data-query={query.id} data-run={query.run}>
      <div className="swb-Query-head">
        <span
          className="swb-Query-name"
          draggable
          onDragStart={event => drag(event, query)}
          title={trans.__('%1: drag into a cell to get its handle', query.name)}
        >
          {query.name}
        </span>
        <span className="swb-State">{words(trans)[query.state]}</span>
      </div>
      {sparklines && isLive(query) && <Sparkline values={query.spark} />}
      {query.error ? (
        <p className="swb-Query-error">{query.error}</p>
      ) : (
        <Figures query={query} trans={trans} />
      )}
      <Buttons query={query} deeds={deeds} trans={trans} />
      <div className="swb-Query-message" role="status">
        {message}
      </div>
    </li>
  );
});

function words(trans: TranslationBundle): { [state: string]: string } {
  return {
    starting: trans.__('starting'),
    running: trans.__('running'),
    idle: trans.__('no new data'),
    paused: trans.__('paused'),
    stopped: trans.__('stopped'),
    failed: trans.__('failed')
  };
}

function drag(event: React.DragEvent, query: IQuery): void {
  event.dataTransfer.setData('text/plain', query.code);
  event.dataTransfer.effectAllowed = 'copy';
}

function Figures(props: { query: IQuery; trans: TranslationBundle }): JSX.Element {
  const { query, trans } = props;
  const figures: [string, string][] = isLive(query)
    ? [
        [trans.__('rows in'), query.rows_in],
        [trans.__('processed'), query.rows_done],
        [trans.__('lag'), query.lag],
        [trans.__('batch'), query.batch],
        [trans.__('watermark'), query.watermark]
      ]
    : [[trans.__('last batch'), query.batch]];
  if (query.late) {
    figures.push([trans.__('late rows'), query.late]);
  }
  return (
    <dl className="swb-Figures">
      {figures.map(([name, value]) => (
        <div key={name} className={value.length > 14 ? 'swb-wide' : ''}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Buttons(props: {
  query: IQuery;
  deeds: IDeeds;
  trans: TranslationBundle;
}): JSX.Element {
  const { query, deeds, trans } = props;
  const paused = query.state === 'paused';
  const controls: [LabIcon, string, boolean, () => void, string][] = [
    paused
      ? [resumeIcon, trans.__('Resume'), true, () => deeds.control(query, 'resume'), 'resume']
      : [pauseIcon, trans.__('Pause'), true, () => deeds.control(query, 'pause'), 'pause'],
    [stepIcon, trans.__('Step one batch of'), paused, () => deeds.control(query, 'step'), 'step'],
    [stopIcon, trans.__('Stop'), true, () => deeds.control(query, 'stop'), 'stop']
  ];
  const all: typeof controls = [
    ...(isLive(query) ? controls : []),
    [dashboardIcon, trans.__('Open dashboard of'), true, () => deeds.dashboard(query), 'dashboard'],
    [chartIcon, trans.__('Dock a chart of'), query.charts.length > 0, () => deeds.chart(query), 'chart'],
    [cellIcon, trans.__('Go to the cell that started'), !!query.cell, () => deeds.jump(query), 'jump'],
    [insertIcon, trans.__('Insert a cell with the handle of'), true, () => deeds.insert(query), 'insert']
  ];
  return (
    <div className="swb-Buttons" role="group" aria-label={trans.__('Controls of %1', query.name)}>
      {all.map(([icon, label, enabled, press, name]) => (
        <button
          // One button that changes its meaning, so that it keeps the focus.
          key={name === 'resume' ? 'pause' : name}
          type="button"
          className="swb-Button"
          data-action={name}
          aria-label={`${label} ${query.name}`}
          title={`${label} ${query.name}`}
          disabled={!enabled}
          onClick={press}
        >
          <icon.react tag="span" width="16px" height="16px" />
        </button>
      ))}
    </div>
  );
}
