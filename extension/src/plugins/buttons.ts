import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IQueries } from '../store/queries';

/**
 * Puts a dashboard's buttons through the panel's subshell. A page that was loaded while a cell runs has no other way
 * to its kernel before the cell has ended. The other end is workbench/ui/assets/say.js.
 */
export const buttons: JupyterFrontEndPlugin<void> = {
  id: 'streaming-workbench:buttons',
  description: "Puts a dashboard's buttons through the panel's subshell.",
  autoStart: true,
  requires: [IQueries],
  activate: (_: JupyterFrontEnd, queries: IQueries) => {
    (window as any).__workbench_say = queries.tell.bind(queries);
  }
};
