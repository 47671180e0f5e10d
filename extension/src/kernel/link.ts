import { Kernel, KernelMessage, Session } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { Subshell } from './subshell';
import {
  Action,
  expression,
  IFollowed,
  INews,
  IOutcome,
  IRow,
  MESSAGE,
  Question
} from './wire';

const LEASE_S = 900;
const RENEW_S = 300;
const RENEW_BUSY_S = 50;
const FIRST_LEASE_S = 60;
const LOST_MS = 60_000;
const RESET = ['starting', 'restarting', 'autorestarting', 'dead'];

/** What a user-expression gave: a bundle of representations, or an error. */
type Found = { data?: { [mime: string]: any }; evalue?: string };

/**
 * Our own connection to one kernel: hears of its queries, and puts questions to it.
 *
 * A question makes the kernel busy and then idle for every page, also while a cell runs. So questions are rare:
 * one to begin with, one for each button, and one each few minutes to go on being told.
 */
export class KernelLink implements IDisposable {
  constructor(
    kernels: Kernel.IManager,
    readonly model: Session.IModel
  ) {
    this.connection = kernels.connectTo({
      model: model.kernel!,
      handleComms: false
    });
    this.subshell = new Subshell(this.connection);
    this.connection.iopubMessage.connect(this.hear, this);
    this.connection.statusChanged.connect(this.onStatus, this);
    this.timer = window.setInterval(() => this.renew(), 1000);
    void this.begin();
  }

  /** The queries changed. */
  get changed(): ISignal<this, void> {
    return this.onChanged;
  }

  /** All queries of all sessions in this kernel. */
  get rows(): IRow[] {
    return [...this.sessions.values()].flat();
  }

  /** Whether buttons wait for the running cell. */
  get waitsForCell(): boolean {
    return this.subshell.isKnownMissing;
  }

  get isDisposed(): boolean {
    return this.connection.isDisposed;
  }

  /** Be told everything each second, or only of starts and ends. */
  set isFollowing(wanted: boolean) {
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      this.renewAt = 0;
      this.renew();
    }
  }

  /** Press a button; the answer comes at once where the kernel has subshells. */
  async control(row: IRow, action: Action): Promise<IOutcome> {
    const found = await this.ask({ ask: 'control', action, query: row.id });
    return (
      found.data?.['application/json'] ?? {
        done: false,
        message: found.evalue ?? 'the kernel gave no answer'
      }
    );
  }

  /**
   * The representations of a new dashboard of a query, or of one chart of it, for a page that has loaded these versions
   * of BokehJS.
   */
  async dashboard(query: string, bokeh: string[], chart = ''): Promise<{ [mime: string]: any }> {
    const found = await this.ask({ ask: 'dashboard', query, bokeh, chart });
    return found.data ?? { 'text/plain': found.evalue ?? 'no answer' };
  }

  /**
   * Tell a dashboard what its page says; whether the kernel took it. Only a subshell is asked: without one the page's
   * own way is as good.
   */
  async say(widget: string, content: object): Promise<boolean> {
    if (!this.isUsed || !this.connection.subshellId) {
      return false;
    }
    const found = await this.ask({ ask: 'say', widget, content });
    return found.data?.['application/json']?.done === true;
  }

  dispose(): void {
    window.clearInterval(this.timer);
    Signal.clearData(this);
    if (!this.isDisposed) {
      this.connection.iopubMessage.disconnect(this.hear, this);
      this.connection.statusChanged.disconnect(this.onStatus, this);
      // Deletes the subshell as well.
      this.connection.dispose();
    }
  }

  private async begin(): Promise<void> {
    const language = await Promise.race([
      this.connection.info.then(info => info.language_info.name),
      new Promise<string>(resolve => setTimeout(() => resolve('python'), 4000))
    ]);
    // The description comes a moment before the word that the kernel is idle again.
    for (let tries = 0; tries < 10 && !this.isIdle; tries++) {
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    if (language === 'python' && !this.isDisposed) {
      await this.follow(this.wanted ? LEASE_S : 0);
    }
  }

  private async follow(seconds: number): Promise<void> {
    const now = Date.now() / 1000;
    this.renewAt = now + RENEW_S;
    this.leaseEnd = now + seconds;
    const page = this.connection.clientId;
    // An answer that got lost is asked for again.
    const lost = window.setTimeout(() => (this.renewAt = 0), LOST_MS);
    const found = await this.ask({ ask: 'follow', page, order: ++this.order, seconds });
    window.clearTimeout(lost);
    const answer = found.data?.['application/json'] as IFollowed | undefined;
    this.isUsed = answer !== undefined;
    if (answer) {
      this.process = answer.process;
      this.sessions = new Map(
        Object.entries(answer.sessions).map(([session, rows]) => [session, this.kept(session, rows)])
      );
      this.onChanged.emit();
      void this.subshell.enter();
    }
  }

  /** Go on being told, when it is time: without haste while a cell may be running. */
  private renew(): void {
    const now = Date.now() / 1000;
    if (!this.isUsed || this.isDisposed) {
      return;
    }
    const due = this.wanted
      ? now > this.renewAt &&
        (this.isIdle || now > this.leaseEnd - RENEW_BUSY_S)
      : now < this.leaseEnd && this.isIdle;
    if (due) {
      void this.follow(this.wanted ? LEASE_S : 0).catch(() => undefined);
    }
  }

  private get isIdle(): boolean {
    return this.connection.status === 'idle';
  }

  private async ask(question: Question): Promise<Found> {
    // An idle kernel that never used streams is asked without starting a thread in it.
    if (this.isUsed || !this.isIdle) {
      await this.subshell.enter();
    }
    const reply = await this.execute(question);
    const content = reply.content as any;
    if (content.status === 'error' && this.connection.subshellId) {
      this.subshell.forget();
      await this.subshell.enter();
      return this.found(await this.execute(question));
    }
    return this.found(reply);
  }

  private execute(
    question: Question
  ): Promise<KernelMessage.IExecuteReplyMsg> {
    return this.connection.requestExecute({
      code: '',
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false,
      user_expressions: { answer: expression(question) }
    }).done as Promise<KernelMessage.IExecuteReplyMsg>;
  }

  private found(reply: KernelMessage.IExecuteReplyMsg): Found {
    const content = reply.content as any;
    return content.user_expressions?.answer ?? { evalue: content.evalue };
  }

  private hear(
    _: Kernel.IKernelConnection,
    message: KernelMessage.IIOPubMessage
  ): void {
    const kind = message.header.msg_type as string;
    if (kind === MESSAGE) {
      this.take(message.content as unknown as INews);
    } else if (kind === 'shutdown_reply') {
      // The kernel's farewell, also before a restart that another connection asked for.
      this.forget();
    }
  }

  private take(news: INews): void {
    if (news.process !== this.process) {
      this.forget();
      this.process = news.process;
    }
    if (!this.isUsed) {
      this.isUsed = true;
      this.renewAt = 0;
      this.leaseEnd = Date.now() / 1000 + FIRST_LEASE_S;
      // A session that has no query yet only greets: making a subshell would call a running cell idle.
      if (news.queries.length) {
        void this.subshell.enter();
      }
    }
    this.sessions.set(news.session, this.kept(news.session, news.queries));
    this.onChanged.emit();
  }

  /** News of a session, each row that says nothing new being the one from before. */
  private kept(session: string, rows: IRow[]): IRow[] {
    const before = new Map(this.sessions.get(session)?.map(row => [row.id, row]));
    return rows.map(row => {
      const old = before.get(row.id);
      return old && JSON.stringify(old) === JSON.stringify(row) ? old : row;
    });
  }

  private onStatus(_: unknown, status: Kernel.Status): void {
    if (RESET.includes(status)) {
      this.forget();
    }
  }

  private forget(): void {
    this.subshell.forget();
    this.isUsed = false;
    this.process = 0;
    if (this.sessions.size) {
      this.sessions.clear();
      this.onChanged.emit();
    }
  }

  private readonly connection: Kernel.IKernelConnection;
  private readonly subshell: Subshell;
  private readonly onChanged = new Signal<this, void>(this);
  private readonly timer: number;
  private sessions = new Map<string, IRow[]>();
  private process = 0;
  private isUsed = false;
  private wanted = false;
  private renewAt = 0;
  private order = 0;
  private leaseEnd = 0;
}
