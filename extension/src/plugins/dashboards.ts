import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';

import { Commands } from '../commands';
import { Dashboard, IWhere } from '../components/dashboard';
import { opened } from '../notebooks';
import { IQueries, IQuery } from '../store/queries';

const PATIENCE_MS = 60_000;

/** Opens a query's dashboard beside its notebook, once, and again after a reload. */
export const dashboards: JupyterFrontEndPlugin<void> = {
  id: 'streaming-workbench:dashboards',
  description: "Opens a query's dashboard beside its notebook.",
  autoStart: true,
  requires: [IQueries, INotebookTracker],
  optional: [ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    queries: IQueries,
    notebooks: INotebookTracker,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<Dashboard>({ namespace: 'streaming-workbench' });
    app.commands.addCommand(Commands.dashboard, {
      label: 'Open Dashboard',
      execute: async args => {
        const where = args as unknown as IWhere;
        const found = tracker.find(({ content }) => content.where.query === where.query);
        const widget = found ?? new Dashboard(where);
        if (!found) {
          // A restored dashboard is put where it was by the restorer.
          const beside = notebooks.find(panel => panel.context.path === where.path);
          app.shell.add(widget, 'main', { mode: 'split-right', ref: beside?.id });
          void tracker.add(widget);
          void fill(widget, where);
        }
        app.shell.activateById(widget.id);
        return widget;
      }
    });
    void restorer?.restore(tracker, {
      command: Commands.dashboard,
      args: ({ content }) => ({ ...content.where }),
      name: ({ content }) => content.where.query
    });

    async function fill(widget: Dashboard, where: IWhere): Promise<void> {
      await app.restored;
      const query = await awaited(queries, where);
      const panel = query && (await opened(app, notebooks, where.path));
      if (!query || !panel) {
        widget.content.say(`${where.name} runs no more, or not in a notebook that can be opened.`);
        return;
      }
      const data = await query.link.dashboard(query.id);
      await widget.content.fill(panel.content.rendermime, data);
    }
  }
};

/** Return the query when its kernel has told of it; undefined when it does not come. */
function awaited(queries: IQueries, where: IWhere): Promise<IQuery | undefined> {
  return new Promise(resolve => {
    const look = () => {
      const found = queries.find(where.path, where.query);
      if (found) {
        settle(found);
      }
    };
    const settle = (found: IQuery | undefined) => {
      queries.changed.disconnect(look);
      window.clearTimeout(timer);
      resolve(found);
    };
    const timer = window.setTimeout(() => settle(undefined), PATIENCE_MS);
    queries.changed.connect(look);
    look();
  });
}
