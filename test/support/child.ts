// A process of its own for a test: a TypeScript file from source, its lines as they come, and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
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
  /** Of standard error, complete once the process has ended. */
  errors(): string;
}

interface Around {
  env?: Record<string, string>;
  cwd?: string;
}

/** `file` counts from this folder; it loads no other file while it runs. Killed at the end of the test when it still runs. */
export const startChild = (file: string, argument: unknown, env: Record<string, string> = {}): Child =>
  start([bundled(pathOf(file)), JSON.stringify(argument)], { env });

/** The same from source, with arguments as they are, and in a folder of its own. */
export const startProgram = (file: string, args: readonly string[], around: Around = {}): Child =>
  start(['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source', pathOf(file), ...args], around);

/** The same with the arguments of Node itself. */
export const startNode = (args: readonly string[], around: Around = {}): Child => start(args, around);

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

function start(args: readonly string[], { env = {}, cwd = process.cwd() }: Around): Child {
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
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

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In a folder of the package `core`, where its code finds `package.json` and the driver. */
const CACHE = fileURLToPath(new URL('../../core/node_modules/.cache/children/', import.meta.url));

/** The program `entry` as one file, made anew when one of its sources has changed: from source it takes three times as long to start. */
export function bundled(entry: string): string {
  const program = join(CACHE, '..', `${basename(entry, '.ts')}.mjs`);
  const list = join(CACHE, `${basename(entry, '.ts')}.json`);
  if (existsSync(program) && existsSync(list) && isCurrent(readFileSync(list, 'utf8'))) return program;
  mkdirSync(CACHE, { recursive: true });
  const mine = `${program}.${process.pid}`;
  const { metafile } = buildSync({
    ...{ entryPoints: [entry], outfile: mine, bundle: true, platform: 'node', format: 'esm', target: 'node20' },
    ...{ conditions: ['@phraseworks/source'], external: ['better-sqlite3'], logLevel: 'error', metafile: true },
    absWorkingDir: ROOT,
    // What CommonJS packages load.
    banner: { js: "import * as banner from 'node:module'; const require = banner.createRequire(import.meta.url);" },
  });
  const sources = Object.keys(metafile.inputs).map((path) => [path, markOf(path)]);
  // Whole at any moment: another test may start the same program now.
  renameSync(mine, program);
  writeFileSync(mine, JSON.stringify(sources));
  renameSync(mine, list);
  return program;
}

const markOf = (path: string): string => {
  const { mtimeMs, size } = statSync(join(ROOT, path), { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${size}`;
};
const isCurrent = (list: string): boolean =>
  (JSON.parse(list) as [string, string][]).every(([path, mark]) => markOf(path) === mark);
