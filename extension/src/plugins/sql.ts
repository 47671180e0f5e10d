import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';

import { sqlInCells } from '../sql/cell';

/** Colours SQL in `%%sql` and `%%stream` cells. What TAB offers there comes from the kernel. */
export const sql: JupyterFrontEndPlugin<void> = {
  id: 'streaming-workbench:sql',
  description: 'Colours SQL in %%sql and %%stream cells.',
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_: JupyterFrontEnd, editors: IEditorExtensionRegistry) => {
    editors.addExtension({
      name: 'streaming-workbench:sql',
      factory: () => EditorExtensionRegistry.createImmutableExtension(sqlInCells)
    });
  }
};
