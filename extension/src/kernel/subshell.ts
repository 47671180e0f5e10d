import { Kernel, KernelMessage } from '@jupyterlab/services';

const PATIENCE_MS = 3000;

/**
 * A subshell of our own in a kernel, so that questions are answered while a cell runs.
 *
 * Kernels without subshells (ipykernel before 7) give none: questions then wait for the running cell.
 */
export class Subshell {
  constructor(private readonly connection: Kernel.IKernelConnection) {}

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
    this.connection.subshellId = null;
    this.missing = false;
  }

  private async make(): Promise<void> {
    // Not `requestCreateSubshell`: it refuses until the kernel has described itself, which a busy kernel does
    // not, and so a page reloaded while a cell runs could stop nothing.
    const message = KernelMessage.createMessage({
      msgType: 'create_subshell_request',
      channel: 'control',
      session: this.connection.clientId,
      username: this.connection.username,
      content: {}
    } as any) as unknown as KernelMessage.ICreateSubshellRequestMsg;
    const future = this.connection.sendControlMessage(message, true, true);
    const silence = new Promise<null>(resolve =>
      setTimeout(() => resolve(null), PATIENCE_MS)
    );
    const reply = (await Promise.race([
      future.done,
      silence
    ])) as KernelMessage.ICreateSubshellReplyMsg | null;
    const id = (reply?.content as { subshell_id?: string } | undefined)
      ?.subshell_id;
    if (id) {
      this.connection.subshellId = id;
    } else {
      future.dispose();
      this.missing = true;
    }
  }

  private making: Promise<void> | null = null;
  private missing = false;
}
