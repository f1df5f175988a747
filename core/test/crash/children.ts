// The processes of a storm: killed with SIGKILL, and the moment at which each was gone.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundled } from '../../../test/support/child.ts';

/** What a child process gets as its argument. */
export interface Orders {
  role: 'worker' | 'producer';
  database: string;
  /** The file in which it notes what it did. */
  ledger: string;
  /** Without the token check, and with a lease of 0.3 s. */
  control: boolean;
  /** Which of the producers, and the jobs it has to add, with so many milliseconds between them. */
  slot: number;
  jobs: number;
  pace: number;
  /** The jobs among them that kill the process they run in, by their number. */
  poison?: readonly number[];
  sweepInterval: number;
}

export class Children<O extends { role: string } = Orders> {
  readonly #program: string;
  /** When each killed process was gone, by the monotonic clock. */
  readonly deaths = new Map<number, bigint>();
  /** Those that ended with an error of their own. */
  failed = 0;
  readonly #running = new Set<ChildProcess>();

  constructor(program = new URL('./child.ts', import.meta.url)) {
    this.#program = bundled(fileURLToPath(program));
  }

  /** Resolves when the child says that it is ready, or is gone by a signal: a poison job may kill it before its word is read here. */
  async start(orders: O): Promise<ChildProcess> {
    const child = spawn(process.execPath, [this.#program, JSON.stringify(orders)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#running.add(child);
    child.once('exit', (code) => {
      this.#running.delete(child);
      if (code !== null && code !== 0) this.failed += 1;
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (code) => {
        if (code === null) resolve();
        else reject(new Error(`a ${orders.role} ended before it was ready, with code ${code}`));
      });
    });
    return child;
  }

  async kill(child: ChildProcess): Promise<void> {
    if (!this.#running.has(child)) return;
    const gone = once(child, 'exit');
    const pid = child.pid ?? 0;
    child.kill('SIGKILL');
    this.deaths.set(pid, lastSignOfLife(pid));
    await gone;
  }

  async killAll(): Promise<void> {
    for (const child of [...this.#running]) await this.kill(child);
  }
}

/**
 * The last moment at which a process that is being killed was seen alive. Others may find it dead, and run its jobs, long before
 * its parent learns of its end: a busy machine takes its time with that.
 */
function lastSignOfLife(pid: number): bigint {
  let last = process.hrtime.bigint();
  for (;;) {
    const now = process.hrtime.bigint();
    const path = `/proc/${pid}/stat`;
    if (!existsSync(path) || /\) [ZX] /.test(readFileSync(path, 'utf8'))) return last;
    last = now;
  }
}
