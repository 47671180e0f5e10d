import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IQueries, Queries } from '../store/queries';

/** Knows every query of every running kernel. */
export const store: JupyterFrontEndPlugin<IQueries> = {
  id: 'streaming-workbench:queries',
  description: 'Knows every streaming query of every running kernel.',
  autoStart: true,
  provides: IQueries,
  activate: (app: JupyterFrontEnd) => new Queries(app.serviceManager)
};
