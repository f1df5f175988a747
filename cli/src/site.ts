// The site that a command works on: its configuration file, and its database from a flag, the environment or that file.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Env, messageOf } from '@phraseworks/jobs/internals/base';
import { JobsError } from '@phraseworks/sdk';
import { UsageError, type Wanted } from './arguments.ts';
import { withSignIn } from './sign-in.ts';
import type { StartOptions } from './start.ts';

const NAMES = ['jobs.config.ts', 'jobs.config.js', 'jobs.config.mjs'];
const FROM_SOURCE = import.meta.url.endsWith('.ts');

export interface Site {
  /** The configuration, with the effective database. */
  config: StartOptions['config'] & { database: string };
  /** Null: there is no configuration file, so defaults apply. */
  file: string | null;
  /** The base of relative paths of plugins. */
  baseDir: string;
}

/** The flag's database wins over `JOBS_DATABASE`, which wins over the configuration. Throws `UsageError` and `INVALID_CONFIG`. */
export async function loadSite(wanted: Wanted, { cwd, env }: { cwd: string; env: Env }): Promise<Site> {
  const file = configFile(wanted.config, cwd);
  const config = file === null ? {} : await readConfig(file);
  const database = wanted.database ?? (env.JOBS_DATABASE || undefined) ?? config.database ?? 'sqlite:data/jobs.db';
  return { config: withSignIn({ ...config, database }), file, baseDir: file === null ? cwd : dirname(file) };
}

function configFile(given: string | undefined, cwd: string): string | null {
  if (given === undefined) return NAMES.map((name) => join(cwd, name)).find((path) => existsSync(path)) ?? null;
  const path = resolve(cwd, given);
  if (!existsSync(path)) throw new UsageError(`--config: there is no file ${given}.`);
  return path;
}

async function readConfig(file: string): Promise<StartOptions['config']> {
  await allowTypeScript(file);
  let module: { default?: unknown };
  try {
    module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as typeof module;
  } catch (cause) {
    throw new JobsError('INVALID_CONFIG', `The configuration cannot be read: ${whyUnreadable(cause, file)}`, { cause });
  }
  const { default: main } = module;
  // Of a file of CommonJS, `default` is all that it exports.
  const config = isObject(main) && isObject(main.default) ? main.default : main;
  if (isObject(config)) return config as StartOptions['config'];
  throw new JobsError(
    'INVALID_CONFIG',
    'The configuration must export an object by default: export default defineConfig({ ... }).',
  );
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

let typeScript = FROM_SOURCE;

/** Lets this process import TypeScript, if `file` is: with the site's tsx or our own, or else with Node's own support. */
async function allowTypeScript(file: string): Promise<void> {
  if (typeScript || !/\.[cm]?ts$/.test(file)) return;
  for (const base of [file, import.meta.url]) {
    const loaders = tsxFrom(base);
    if (loaders === undefined) continue;
    for (const loader of loaders) ((await import(/* @vite-ignore */ loader)) as { register(): unknown }).register();
    typeScript = true;
    return;
  }
  if ((process.features as { typescript?: unknown }).typescript) return;
  throw new UsageError(
    'To read a configuration in TypeScript, tsx is needed: npm install tsx, or write jobs.config.js.',
  );
}

/** The loaders of tsx, also that for CommonJS: without `"type": "module"` in its package.json, a file is of that kind. */
function tsxFrom(base: string): string[] | undefined {
  const from = createRequire(base);
  try {
    const { exports } = from('tsx/package.json') as { exports: Record<string, { import: { default: string } }> };
    const folder = dirname(from.resolve('tsx/package.json'));
    // Resolving through `require` would find the half that cannot be imported.
    return ['./cjs/api', './esm/api'].map((name) => {
      const path = exports[name]?.import.default;
      if (path === undefined) throw new Error(`tsx has no ${name}`);
      return pathToFileURL(join(folder, path)).href;
    });
  } catch {
    return undefined;
  }
}

/** What is wrong with a configuration, and where, as `jobs.config.ts:3: Expected ...`. */
function whyUnreadable(error: unknown, file: string): string {
  const message = messageOf(error);
  // esbuild, which tsx uses, lists the places in its message.
  const [, path, line, text] = /^(.+?):(\d+):\d+: ERROR: (.+)$/m.exec(message) ?? [];
  if (path !== undefined) return `${relative(process.cwd(), path)}:${line}: ${text}`;
  const first = message.split('\n')[0] ?? '';
  const place = error instanceof SyntaxError ? syntaxPlace(file) : throwPlace(error);
  return `${relative(process.cwd(), place?.path ?? file)}${place ? `:${place.line}` : ''}: ${first}`;
}

const FRAME = /(?:\(|at |async )((?:file:\/\/)?(?:\/|[A-Za-z]:)[^():]+):(\d+):\d+\)?$/;

/** The first line of the stack that is not Node's or a library's. */
function throwPlace(error: unknown): { path: string; line: string } | undefined {
  for (const frame of error instanceof Error ? (error.stack ?? '').split('\n') : []) {
    const [, path = '', line = ''] = FRAME.exec(frame) ?? [];
    if (path === '' || path.includes('/node_modules/')) continue;
    const at = path.startsWith('file:') ? fileURLToPath(path) : path;
    if (dirname(at) !== import.meta.dirname) return { path: at, line };
  }
  return undefined;
}

/** An error object does not say where its syntax error is; `node --check` prints it. */
function syntaxPlace(file: string): { path: string; line: string } | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 5_000 });
  const [, path, line] = /^(?:file:\/\/)?(\/.+|[A-Za-z]:.+):(\d+)$/m.exec(stderr) ?? [];
  return path === undefined || line === undefined ? undefined : { path, line };
}
