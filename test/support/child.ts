// A process of its own for a test: a TypeScript file from source, its lines as they come, and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

export interface Child {
  pid: number;
  /** Of standard output, so far. */
  lines: readonly string[];
  /** The first line that begins so, without its beginning; waits for it. Throws when the process ends before. */
  line(beginning: string): Promise<string>;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** The exit code, or the signal that ended it. */
  over: Promise<number | NodeJS.Signals>;
  /** Of standard error, when it is over. */
  errors(): string;
}

/** `file` counts from this folder. Killed at the end of the test when it still runs. */
export const startChild = (file: string, argument: unknown, env: Record<string, string> = {}): Child =>
  startProgram(file, [JSON.stringify(argument)], { env });

/** The same with arguments as they are, and in a folder of its own. */
export function startProgram(
  file: string,
  args: readonly string[],
  { env = {}, cwd = process.cwd() }: { env?: Record<string, string>; cwd?: string } = {},
): Child {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source', path, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd, env: { ...process.env, NODE_OPTIONS: '', ...env } },
  );
  const lines: string[] = [];
  let errors = '';
  let wake: (() => void)[] = [];
  let running = true;
  const call = (): void => {
    for (const fn of wake.splice(0)) fn();
  };
  if (!child.stdout || !child.stderr) throw new Error('the child has no output');
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    call();
  });
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  const over = once(child, 'close').then(([code, signal]) => {
    running = false;
    call();
    return (code ?? signal) as number | NodeJS.Signals;
  });
  onTestFinished(async () => {
    if (running) child.kill('SIGKILL');
    await over;
  });
  return {
    pid: child.pid ?? 0,
    lines,
    over,
    errors: () => errors,
    signal: (name) => void child.kill(name),
    line: async (beginning) => {
      for (;;) {
        const found = lines.find((line) => line.startsWith(beginning));
        if (found !== undefined) return found.slice(beginning.length).trim();
        if (!running) throw new Error(`the child ended without "${beginning}":\n${lines.join('\n')}\n${errors}`);
        await new Promise<void>((resolve) => {
          wake = [...wake, resolve];
        });
      }
    },
  };
}

/** The program `entry` as the file `outfile`, for a test that starts it often: it takes a third of the time to start. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    ...{ conditions: ['@phraseworks/source'], external: ['better-sqlite3'], logLevel: 'error' },
    // What CommonJS packages load.
    banner: { js: "import * as banner from 'node:module'; const require = banner.createRequire(import.meta.url);" },
  });
}
