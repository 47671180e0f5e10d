import { MainAreaWidget } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';

import { streamsIcon } from '../icons';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

const LOOK_MS = 250;
const LOOKS = 40;

/** Where a dashboard belongs. */
export interface IWhere {
  path: string;
  query: string;
  name: string;
  /** One of its charts instead of all of them. */
  chart?: string;
}

/** A query's dashboard in the main area; empty until it is filled. */
export class DashboardContent extends Panel {
  constructor(readonly where: IWhere) {
    super();
    this.addClass('swb-Dashboard');
    this.say(`Waiting for ${where.name}.`);
  }

  /** Show a sentence instead of a dashboard. */
  say(sentence: string): void {
    const note = new Widget();
    note.addClass('swb-Dashboard-note');
    note.node.setAttribute('role', 'status');
    note.node.textContent = sentence;
    this.replace(note);
  }

  /**
   * Show the live handle a kernel gave, drawn with its notebook's renderers, which know the kernel's widgets.
   * Whether there is something on the screen: a widget may have been made before the notebook could hear of it.
   */
  async fill(
    rendermime: IRenderMimeRegistry,
    data: { [mime: string]: any }
  ): Promise<boolean> {
    const mime = data[WIDGET] ? WIDGET : rendermime.preferredMimeType(data, 'ensure');
    if (!mime || data['application/json']?.message) {
      this.say(data['application/json']?.message ?? 'There is nothing to show.');
      return true;
    }
    const renderer = rendermime.createRenderer(mime);
    const model = rendermime.createModel({ data, trusted: true });
    this.replace(renderer);
    await renderer.renderModel(model);
    for (let looks = 0; mime === WIDGET && looks < LOOKS && !renderer.isDisposed; looks++) {
      if (renderer.node.querySelector('.wb-live')) {
        return true;
      }
      await new Promise(resolve => setTimeout(resolve, LOOK_MS));
      // One that was taken away meanwhile has no layout to ask.
      if (!renderer.isDisposed && (renderer as unknown as Panel).widgets?.length === 0) {
        await renderer.renderModel(model);
      }
    }
    return mime !== WIDGET || renderer.isDisposed;
  }

  protected onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this.dispose();
  }

  private replace(widget: Widget): void {
    for (const old of [...this.widgets]) {
      old.dispose();
    }
    this.addWidget(widget);
  }
}

/** A dashboard as a tab of the main area. */
export class Dashboard extends MainAreaWidget<DashboardContent> {
  constructor(where: IWhere) {
    super({ content: new DashboardContent(where) });
    this.toolbar.hide();
    this.id = `streaming-workbench-${keyOf(where)}`;
    this.title.label = where.name;
    this.title.caption = `${where.name} in ${where.path}`;
    this.title.icon = streamsIcon;
    this.title.closable = true;
  }
}

/** What tells one dashboard from another. */
export function keyOf(where: IWhere): string {
  return where.chart ? `chart-${where.chart}-${where.query}` : `dashboard-${where.query}`;
}
