import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Commands } from '../commands';
import { Action } from '../kernel/wire';
import { goTo, insert, opened } from '../notebooks';
import { IQueries, IQuery } from '../store/queries';

/** Everything the panel's buttons do, for the palette and the keyboard: without arguments they ask which query. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'streaming-workbench:commands',
  description: 'Commands for streaming queries.',
  autoStart: true,
  requires: [IQueries, INotebookTracker],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    queries: IQueries,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('streaming_workbench');
    const press = (action: Action) => (query: IQuery) => queries.control(query, action);
    const deeds: [string, string, (query: IQuery, path: string) => Promise<unknown>][] = [
      [Commands.pause, trans.__('Pause a Streaming Query…'), press('pause')],
      [Commands.resume, trans.__('Resume a Streaming Query…'), press('resume')],
      [Commands.step, trans.__('Step a Streaming Query by One Batch…'), press('step')],
      [Commands.stop, trans.__('Stop a Streaming Query…'), press('stop')],
      [Commands.chooseDashboard, trans.__('Open the Dashboard of a Streaming Query…'), show],
      [Commands.chart, trans.__('Dock a Chart of a Streaming Query…'), dock],
      [Commands.jump, trans.__('Go to the Cell that Started a Streaming Query…'), jump],
      [Commands.insert, trans.__('Insert a Handle of a Streaming Query…'), add]
    ];
    for (const [id, label, deed] of deeds) {
      app.commands.addCommand(id, {
        label,
        execute: async args => {
          const [query, path] = await chosen(args as { path?: string; query?: string }, label);
          return query && deed(query, path);
        }
      });
    }
    app.commands.addCommand(Commands.stopAll, {
      label: trans.__('Stop All Streaming Queries'),
      execute: () => Promise.all(queries.live.map(press('stop')))
    });
    const category = trans.__('Streams');
    for (const command of [...deeds.map(([id]) => id), Commands.stopAll]) {
      palette?.addItem({ command, category });
    }

    async function show(query: IQuery, path: string): Promise<void> {
      await app.commands.execute(Commands.dashboard, { path, query: query.id, name: query.name });
    }

    async function dock(query: IQuery, path: string): Promise<void> {
      const titles = query.charts.map(([, title]) => title);
      const title = trans.__('Which chart of %1?', query.name);
      const { value } = await InputDialog.getItem({ title, items: titles });
      const [chart] = query.charts.find(([, one]) => one === value) ?? [];
      if (chart) {
        const name = `${value}, ${query.name}`;
        await app.commands.execute(Commands.dashboard, { path, query: query.id, name, chart });
      }
    }

    async function jump(query: IQuery, path: string): Promise<void> {
      const panel = await opened(app, notebooks, path);
      if (panel) {
        app.shell.activateById(panel.id);
        await goTo(panel, query.cell ?? '');
      }
    }

    async function add(query: IQuery, path: string): Promise<void> {
      const panel = await opened(app, notebooks, path);
      if (panel) {
        app.shell.activateById(panel.id);
        insert(panel, query.code);
      }
    }

    /** The query the arguments name, else the one a person picks. */
    async function chosen(
      args: { path?: string; query?: string },
      title: string
    ): Promise<[IQuery | undefined, string]> {
      if (args.query) {
        return [queries.find(args.path ?? '', args.query), args.path ?? ''];
      }
      const all = queries.places.flatMap(place =>
        place.queries.map(query => ({ query, path: place.path, label: `${query.name} (${place.title})` }))
      );
      if (all.length < 2) {
        return [all[0]?.query, all[0]?.path ?? ''];
      }
      const { value } = await InputDialog.getItem({ title, items: all.map(({ label }) => label) });
      const found = all.find(({ label }) => label === value);
      return [found?.query, found?.path ?? ''];
    }
  }
};
