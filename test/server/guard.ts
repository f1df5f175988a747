// Ends what a test started when the test process is gone, however it went: a pipe that closes needs no handler.
import { type ChildProcess, spawn } from 'node:child_process';

/** Reads process ids, one a line; at the end of its input the last one is killed and the folder removed. */
const SCRIPT = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then kill -9 "$pid" 2>/dev/null; fi
n=0
until rm -rf "$0" 2>/dev/null || [ $n -gt 50 ]; do n=$((n + 1)); sleep 0.1; done
`;

export class Guard {
  readonly #shell: ChildProcess;

  /** `folder` goes with the process that is watched. */
  constructor(folder: string) {
    // In a session of its own: Ctrl-C at the terminal must not end the guard before its work is done.
    this.#shell = spawn('sh', ['-c', SCRIPT, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#shell.stdin?.on('error', () => {});
    this.#shell.unref();
    (this.#shell.stdin as unknown as { unref(): void }).unref();
  }

  /** From now on this process is the one to end; undefined without one. */
  watch(pid: number | undefined): void {
    this.#shell.stdin?.write(`${pid ?? ''}\n`);
  }

  /** Ends the process and removes the folder now; resolves when both are gone. */
  async finish(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    this.#shell.ref();
    const over = new Promise((resolve) => this.#shell.once('exit', resolve));
    this.#shell.stdin?.end();
    await over;
  }
}
