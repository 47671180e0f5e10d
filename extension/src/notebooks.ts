import { JupyterFrontEnd } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

/** Return the notebook of a path, opened when it is not, its kernel connected. */
export async function opened(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  path: string
): Promise<NotebookPanel | null> {
  const found =
    notebooks.find(panel => panel.context.path === path) ??
    ((await app.commands.execute('docmanager:open', { path })) as NotebookPanel | undefined);
  if (!found?.content || !(found instanceof NotebookPanel)) {
    return null;
  }
  await found.context.ready;
  await found.sessionContext.ready;
  return found;
}

/** Show the cell of an id; whether there is one. */
export async function goTo(panel: NotebookPanel, cell: string): Promise<boolean> {
  const index = panel.content.widgets.findIndex(widget => widget.model.id === cell);
  if (index < 0) {
    return false;
  }
  panel.content.activeCellIndex = index;
  panel.content.deselectAll();
  await panel.content.scrollToCell(panel.content.widgets[index], 'center');
  panel.content.activate();
  return true;
}

/** Put a new code cell below the active one. */
export function insert(panel: NotebookPanel, code: string): void {
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(code);
}
