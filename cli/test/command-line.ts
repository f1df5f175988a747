// The command line: what it printed, where, and its exit code. In this process, as `main.ts` calls it; in one of its own where a test needs its streams or signals.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCommandLine } from '../src/run.ts';

const SOURCE = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const BUILT = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** For Node, which also reads plugins in TypeScript: in CI the built program, as hosts have it; else its sources, which take longer to start. */
export const PROGRAM = [
  '--import',
  import.meta.resolve('tsx'),
  ...(process.env.JOBS_TEST_CI === '1' ? [BUILT] : ['--conditions=@phraseworks/source', SOURCE]),
];

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

let last: Promise<unknown> = Promise.resolve();

/** Runs `phraseworks-jobs` with `args` in the folder `cwd`, and resolves when it has ended by itself. */
export async function commandLine(cwd: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, input } = options;
  if (input !== undefined) return asProcess(cwd, args, env, input);
  let [out, err] = ['', ''];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const invocation = { cwd, env: { ...process.env, JOBS_DATABASE: '', ...env }, stdout, stderr };
  // One at a time: they share the working directory of this process.
  const turn = last.then(async () => {
    const before = process.cwd();
    process.chdir(cwd);
    return runCommandLine(args, invocation).finally(() => process.chdir(before));
  });
  last = turn.catch(() => {});
  const code = await turn;
  if (code === 'stays') throw new Error(`${args[0]} does not end by itself: start it in a process of its own`);
  return ranWith(code, out, err);
}

/** The same in a process of its own, which reads `input`. */
async function asProcess(
  cwd: string,
  args: readonly string[],
  env: Record<string, string>,
  input: string,
): Promise<Ran> {
  const child = startCommandLine(cwd, args, env);
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return ranWith(code as number | null, out, err);
}

const ranWith = (code: number | null, out: string, err: string): Ran => ({
  code,
  out: out.split('\n').slice(0, -1),
  err,
  json: () => JSON.parse(out) as unknown,
});

/** In a process of its own, with its streams in the hands of the test. */
export function startCommandLine(cwd: string, args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [...PROGRAM, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', JOBS_DATABASE: '', ...env },
  });
}
