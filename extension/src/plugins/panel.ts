import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Commands } from '../commands';
import { QueriesPanel } from '../components/panel';
import { IQueries, IQuery } from '../store/queries';

const ID = 'streaming-workbench:panel';

/** The side panel, and the command that shows it. */
export const panel: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'The side panel of streaming queries.',
  autoStart: true,
  requires: [IQueries],
  optional: [ILayoutRestorer, ICommandPalette, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    queries: IQueries,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const { commands, shell } = app;
    const language = translator ?? nullTranslator;
    const trans = language.load('streaming_workbench');
    const run = (id: string) => (query: IQuery) =>
      void commands.execute(id, {
        path: pathOf(queries, query),
        query: query.id,
        name: query.name
      });
    const widget = new QueriesPanel(
      queries,
      {
        control: (query, action) => void queries.control(query, action),
        dashboard: run(Commands.dashboard),
        chart: run(Commands.chart),
        jump: run(Commands.jump),
        insert: run(Commands.insert),
        open: place => void commands.execute('docmanager:open', { path: place.path })
      },
      language
    );
    shell.add(widget, 'right', { rank: 500, type: 'Streaming queries' });
    restorer?.add(widget, widget.id);
    commands.addCommand(Commands.show, {
      label: trans.__('Show Streaming Queries'),
      caption: trans.__('Show every query of every running kernel'),
      execute: () => shell.activateById(widget.id)
    });
    palette?.addItem({ command: Commands.show, category: trans.__('Streams') });
    void settings?.load(ID).then(loaded => {
      const apply = () =>
        (widget.shown = {
          sparklines: loaded.get('sparklines').composite as boolean,
          ended: loaded.get('showEnded').composite as boolean
        });
      loaded.changed.connect(apply);
      apply();
    });
  }
};

function pathOf(queries: IQueries, query: IQuery): string {
  return queries.places.find(place => place.queries.includes(query))?.path ?? '';
}
