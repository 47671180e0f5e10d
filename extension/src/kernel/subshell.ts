import { Kernel, KernelMessage } from '@jupyterlab/services';

const PATIENCE_MS = 20_000;

/**
 * A subshell of our own in a kernel, so that questions are answered while a cell runs.
 *
 * Kernels without subshells (ipykernel before 7) give none: questions then wait for the running cell. A kernel that
 * has described itself says whether it has them; one that is busy since before this page was loaded has not, and is
 * asked: an old kernel is silent, a new one on a loaded machine may take a while.
 */
export class Subshell {
  constructor(private readonly connection: Kernel.IKernelConnection) {
    connection.info.then(() => (this.isDescribed = true)).catch(() => undefined);
  }

  /** Whether questions are answered at once; unknown before the first. */
  get isKnownMissing(): boolean {
    return this.missing;
  }

  /** Put the connection's messages through the subshell, making it when there is none. */
  async enter(): Promise<void> {
    if (this.connection.subshellId || this.missing) {
      return;
    }
    this.making ??= this.make().finally(() => (this.making = null));
    await this.making;
  }

  /** Forget the subshell: its kernel restarted. */
  forget(): void {
    this.kernels += 1;
    this.connection.subshellId = null;
    this.missing = false;
  }

  private async make(): Promise<void> {
    if (this.isDescribed && !this.connection.supportsSubshells) {
      this.missing = true;
      return;
    }
    const kernel = this.kernels;
    // An answer that comes after our patience ended is as good.
    const arrival = this.request()
      .then(id => {
        if (id && kernel === this.kernels && !this.connection.isDisposed) {
          this.connection.subshellId = id;
          this.missing = false;
        }
      })
      .catch(() => undefined); // the connection was closed or the kernel restarted
    await Promise.race([arrival, new Promise(resolve => setTimeout(resolve, PATIENCE_MS))]);
    this.missing = kernel === this.kernels && !this.connection.subshellId;
  }

  /** Ask for a subshell; the id, undefined when the kernel refuses, never when it is silent. */
  private async request(): Promise<string | undefined> {
    // Not `requestCreateSubshell`: it refuses until the kernel has described itself, which a busy kernel does
    // not, and so a page reloaded while a cell runs could stop nothing.
    const message = KernelMessage.createMessage({
      msgType: 'create_subshell_request',
      channel: 'control',
      session: this.connection.clientId,
      username: this.connection.username,
      content: {}
    } as any) as unknown as KernelMessage.ICreateSubshellRequestMsg;
    const reply = await this.connection.sendControlMessage(message, true, true).done;
    return (reply.content as { subshell_id?: string }).subshell_id;
  }

  private making: Promise<void> | null = null;
  private missing = false;
  private isDescribed = false;
  private kernels = 0;
}
