import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { Commands } from '../commands';
import { streamsIcon } from '../icons';
import { IQueries } from '../store/queries';

/** How many queries run, in the status bar; a click shows the panel. Absent while none runs. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'streaming-workbench:status',
  description: 'The number of running queries, in the status bar.',
  autoStart: true,
  requires: [IQueries, IStatusBar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    queries: IQueries,
    bar: IStatusBar,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('streaming_workbench');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'swb-Status';
    button.onclick = () => void app.commands.execute(Commands.show);
    streamsIcon.element({ container: button, tag: 'span' });
    const count = button.appendChild(document.createElement('span'));
    queries.changed.connect(() => {
      const running = queries.live.length;
      count.textContent = String(running);
      button.title = trans._n('%1 streaming query runs', '%1 streaming queries run', running);
      button.setAttribute('aria-label', button.title);
    });
    const item = new Widget();
    item.node.append(button);
    bar.registerStatusItem('streaming-workbench:status', {
      item,
      align: 'left',
      rank: 100,
      isActive: () => queries.live.length > 0,
      activeStateChanged: queries.changed
    });
  }
};
