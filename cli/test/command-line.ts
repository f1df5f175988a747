// The command line in a process of its own, from source: what it printed, where, and its exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ran {
  code: number | null;
  /** Lines of standard output. */
  out: string[];
  err: string;
  /** Standard output as one JSON document. */
  json(): unknown;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** What stands on standard input. */
  input?: string;
}

/** Runs `phraseworks-jobs` with `args` in the folder `cwd`, and resolves when it has ended by itself. */
export async function commandLine(cwd: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, input } = options;
  const child = startCommandLine(cwd, args, env);
  child.stdin?.end(input ?? '');
  if (!child.stdout || !child.stderr) throw new Error('the child has no output');
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return {
    code: code as number | null,
    out: out.split('\n').slice(0, -1),
    err,
    json: () => JSON.parse(out) as unknown,
  };
}

/** The same, with its streams in the hands of the test. */
export function startCommandLine(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  const flags = ['--import', import.meta.resolve('tsx'), '--conditions=@phraseworks/source', MAIN];
  return spawn(process.execPath, [...flags, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', JOBS_DATABASE: '', ...env },
  });
}
