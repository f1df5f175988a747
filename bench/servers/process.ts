// A server program of the benchmark's own: started in a folder that goes with it, ended by its process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

export interface Server {
  /** `mysql://root@127.0.0.1:PORT` or `redis://127.0.0.1:PORT`. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const PATIENCE = 60_000;

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

/** Under `base`, which must lie on the disk that is meant: a `/tmp` in memory would make every commit cheap. */
export const makeFolder = (base: string, name: string): string => mkdtempSync(join(base, `bench-${name}-`));

/** Starts it and waits until `answers` no longer throws. The folder is removed when it has ended. */
export async function startServer(
  program: string,
  args: readonly string[],
  folder: string,
  url: string,
  answers: () => Promise<void>,
): Promise<Server> {
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const missing = new Promise<never>((_, reject) => child.once('error', reject));
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  try {
    await Promise.race([untilItAnswers(child, program, answers), missing]);
  } catch (error) {
    endWithUs();
    throw error;
  }
  return {
    url,
    pid: child.pid as number,
    stop: async () => {
      process.off('exit', endWithUs);
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(child: ChildProcess, program: string, answers: () => Promise<void>): Promise<void> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await answers();
    } catch (error) {
      if (child.exitCode !== null) throw new Error(`${program} ended with code ${child.exitCode}`);
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
