import { ReactWidget } from '@jupyterlab/ui-components';
import { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import * as React from 'react';

import { streamsIcon } from '../icons';
import { isLive } from '../kernel/wire';
import { IPlace, IQueries } from '../store/queries';
import { IDeeds, Query } from './query';

/** What the settings change. */
export interface IShown {
  sparklines: boolean;
  ended: boolean;
}

/** The side panel: every query of every running kernel, by notebook. Follows the kernels only while it is seen. */
export class QueriesPanel extends ReactWidget {
  constructor(
    private readonly queries: IQueries,
    private readonly deeds: IDeeds & { open(place: IPlace): void },
    translator: ITranslator
  ) {
    super();
    this.trans = translator.load('streaming_workbench');
    this.id = 'streaming-workbench-panel';
    this.addClass('swb-Panel');
    this.title.icon = streamsIcon;
    this.title.caption = this.trans.__('Streaming queries');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.trans.__('Streaming queries'));
    queries.changed.connect(() => this.update());
  }

  /** Show more or less. */
  set shown(shown: IShown) {
    this.options = shown;
    this.update();
  }

  protected render(): JSX.Element {
    const places = this.queries.places
      .map(place => ({
        ...place,
        queries: place.queries.filter(query => this.options.ended || isLive(query))
      }))
      .filter(place => place.queries.length > 0);
    return (
      <>
        <div className="swb-Header">
          <h2>{this.trans.__('Streaming queries')}</h2>
          <span className="swb-Count">
            {this.trans.__('%1 running', this.queries.live.length)}
          </span>
        </div>
        {places.length ? places.map(place => this.place(place)) : this.nothing()}
      </>
    );
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.queries.follow(true);
  }

  protected onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.queries.follow(false);
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.queries.follow(this.isVisible);
  }

  private place(place: IPlace): JSX.Element {
    return (
      <section key={place.kernel} className="swb-Place" aria-label={place.title}>
        <h3>
          <button type="button" className="swb-Link" onClick={() => this.deeds.open(place)} title={place.path}>
            {place.title}
          </button>
        </h3>
        {place.waitsForCell && (
          <p className="swb-Note">
            {this.trans.__(
              'This kernel has no subshells (ipykernel 7 has): buttons apply when the running cell ends.'
            )}
          </p>
        )}
        <ul>
          {place.queries.map(query => (
            <Query
              key={query.key}
              query={query}
              message={this.queries.message(query.key)}
              deeds={this.deeds}
              sparklines={this.options.sparklines}
              trans={this.trans}
            />
          ))}
        </ul>
      </section>
    );
  }

  private nothing(): JSX.Element {
    return (
      <div className="swb-Nothing">
        <streamsIcon.react tag="span" width="40px" height="40px" />
        <p>{this.trans.__('No streaming query is running.')}</p>
        <p className="swb-Note">
          {this.trans.__('Start one in a notebook, and it appears here:')}
        </p>
        <code>df.writeStream.queryName("flights").start()</code>
      </div>
    );
  }

  private readonly trans: TranslationBundle;
  private options: IShown = { sparklines: true, ended: true };
}
