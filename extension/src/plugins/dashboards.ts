import {
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { Commands } from '../commands';
import { Dashboard, IWhere, keyOf } from '../components/dashboard';
import { opened } from '../notebooks';
import { IQueries, IQuery } from '../store/queries';

const PATIENCE_MS = 60_000;
const TRIES = 6;
const CONNECT_MS = 10_000;

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
    let isRestored = false;
    void app.restored.then(() => (isRestored = true));
    const tracker = new WidgetTracker<Dashboard>({ namespace: 'streaming-workbench' });
    app.commands.addCommand(Commands.dashboard, {
      label: 'Open Dashboard',
      execute: async args => {
        const where = args as unknown as IWhere;
        // A restored dashboard is put where it was by the restorer, and its notebook comes by itself.
        const beside = isRestored ? await opened(app, notebooks, where.path) : null;
        const found = tracker.find(({ content }) => keyOf(content.where) === keyOf(where));
        const widget = found ?? new Dashboard(where);
        if (!found) {
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
      name: ({ content }) => keyOf(content.where)
    });

    async function fill(widget: Dashboard, where: IWhere): Promise<void> {
      await app.restored;
      const query = await awaited(queries, where, widget);
      const panel = query && (await opened(app, notebooks, where.path));
      if (widget.isDisposed) {
        return;
      }
      if (!query || !panel) {
        widget.content.say(`${where.path} cannot be opened, and a dashboard is drawn by its notebook.`);
        return;
      }
      await listening(panel);
      if (query.link.waitsForCell) {
        widget.content.say(
          `${where.name} is drawn when the running cell has ended: this kernel has no subshells (ipykernel 7 has).`
        );
      }
      let isDrawn = false;
      for (let tries = 0; tries < TRIES && !isDrawn; tries++) {
        const data = await query.link.dashboard(query.id, loadedBokeh(), where.chart);
        isDrawn = await widget.content.fill(panel.content.rendermime, data);
      }
    }
  }
};

/** The versions of BokehJS the page has loaded: a kernel need not send one of them again. */
function loadedBokeh(): string[] {
  return Object.keys((window as any).__workbench_bokeh ?? {});
}

/** Wait until a notebook hears its kernel, which tells every page of a new widget once. */
async function listening(panel: NotebookPanel): Promise<void> {
  const end = Date.now() + CONNECT_MS;
  while (
    panel.sessionContext.session?.kernel?.connectionStatus !== 'connected' &&
    Date.now() < end
  ) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** Return the query as soon as its kernel has told of it; undefined when the dashboard was closed before. */
function awaited(queries: IQueries, where: IWhere, widget: Dashboard): Promise<IQuery | undefined> {
  return new Promise(resolve => {
    const look = () => {
      const found = queries.find(where.path, where.query);
      if (found || widget.isDisposed) {
        queries.changed.disconnect(look);
        window.clearTimeout(timer);
        resolve(found);
      }
    };
    const timer = window.setTimeout(
      () => widget.content.say(`${where.name} runs no more, or its kernel does not answer.`),
      PATIENCE_MS
    );
    widget.disposed.connect(look);
    queries.changed.connect(look);
    look();
  });
}
