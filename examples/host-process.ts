// Starts the server of an example in a process and a folder of its own, for its tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface HostProcess {
  /** What the server printed: where the job system is mounted. */
  url: string;
  /** Asks it to stop; answers its exit code. */
  stop(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** In CI an example runs on the built packages, as hosts do; else on their sources, which take three times as long to start. */
export const flagsFor = (file: string): string[] =>
  process.env.JOBS_TEST_CI === '1' && file.endsWith('.js')
    ? []
    : ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source'];

/** The server listens on a free port and prints its address as a line of its own. Throws what it wrote to standard error when it ends before that. */
export async function startHost(server: URL, more: Record<string, string> = {}): Promise<HostProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'example-'));
  const file = fileURLToPath(server);
  const env = {
    ...process.env,
    PORT: '0',
    ...more,
    TSX_TSCONFIG_PATH: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
  };
  const child = spawn(process.execPath, [...flagsFor(file), file], { cwd: folder, env });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const exited = once(child, 'exit').then(([code]) => Number(code));
  const stop = async (): Promise<number> => {
    child.kill('SIGTERM');
    return exited;
  };
  const remove = async (): Promise<void> => {
    await stop();
    await rm(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('http://')) {
      child.stdout.resume();
      return { url: line, stop, [Symbol.asyncDispose]: remove };
    }
  }
  await remove();
  throw new Error(`the server ended before it listened:\n${said}`);
}
