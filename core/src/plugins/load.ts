// Loads a plugin: finds its file, imports it while recording its registrations, and reads its definition.
import { fileURLToPath } from 'node:url';
import { type AnyPlugin, type Dispose, JobsError, type Processor } from '@phraseworks/sdk';
import { type Ambient, ambient } from '@phraseworks/sdk/host';
import { withTimeout } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { strayErrors } from '../queue/attempt.ts';
import { eachJobFunction } from './api.ts';
import { type Definition, pluginOf, readDefinition } from './definition.ts';
import type { PluginEntry } from './entries.ts';
import { findPlugin } from './resolve.ts';
import type { Shared } from './shared.ts';
import { Watch } from './watch.ts';

type Recorded = (scope: Ambient) => unknown;

/** Records registrations; other functions run at once. `watch` tracks promises that the file may not await. */
function createRecorder(plugin: string, { jobs, hooks, schedules }: Shared, watch: Watch) {
  const calls: Recorded[] = [];
  let sealed = false;

  const remember = (name: string, call: Recorded): Dispose => {
    if (sealed) {
      throw new JobsError(
        'INVALID_STATE',
        `${name}() was called too late: call it at the top level of the file or in init()`,
      );
    }
    calls.push(call);
    return () => {
      const index = calls.indexOf(call);
      if (index >= 0) calls.splice(index, 1);
    };
  };

  const scope: Ambient = {
    ...eachJobFunction(jobs(plugin), (_, call) => watch.track(call())),
    doAction: (name, payload) => watch.track(hooks.doAction(name, payload)),
    applyFilters: (name, value, about) => watch.track(hooks.applyFilters(name, value, about)),
    registerProcessor: (...args: unknown[]) =>
      remember('registerProcessor', (to) => to.registerProcessor(...(args as [string, Processor]))),
    addAction: (...args) => remember('addAction', (to) => to.addAction(...args)),
    removeAction: () => false,
    addFilter: (...args) => remember('addFilter', (to) => to.addFilter(...args)),
    // Save at once: the caller needs the next run, and a wrong pattern must show now.
    scheduleJob: (schedule) => {
      remember('scheduleJob', (to) => to.scheduleJob(schedule));
      return watch.track(schedules.save(plugin, schedule, true));
    },
    unscheduleJob: (name) => watch.track(schedules.unschedule(plugin, name)),
  };
  return {
    scope,
    calls,
    /** Refuses further registrations: they would take effect only at the next start of the plugin. */
    seal: () => {
      sealed = true;
    },
  };
}

/** Milliseconds for the import, and again for `init`. */
export const LOAD_LIMIT = 10_000;

/** A file or an `init()` took too long, perhaps because the machine is busy. */
export class SlowStart extends JobsError {
  /** Resolves when it has ended after all. */
  readonly over: Promise<unknown>;

  constructor(message: string, over: Promise<unknown>) {
    super('UNAVAILABLE', message);
    this.over = over.catch(() => {});
  }
}

export interface Loaded {
  definition: Definition;
  /** Registrations at the top level of its file. */
  calls: readonly Recorded[];
}

interface Imported extends Pick<Loaded, 'calls'> {
  exported: unknown;
}

/** Node evaluates a file once per process, so its registrations are kept for all instances. */
const imported = new Map<string, Promise<Imported>>();

/** Throws `INVALID_CONFIG` if the plugin is not found, or the error of its import. */
export async function loadPlugin(
  shared: Shared,
  name: string,
  { use }: PluginEntry,
  charge: (error: unknown) => void,
): Promise<Loaded> {
  if (typeof use === 'object') return { definition: read(name, use, null), calls: [] };
  const { url, version } = findPlugin(name, use, shared.options.baseDir);
  const loading = imported.get(url) ?? importRecorded(shared, name, url, charge);
  imported.set(url, loading);
  loading.catch(() => imported.delete(url));
  const late = () =>
    new SlowStart(
      `its file did not load within ${LOAD_LIMIT / 1_000} s: the machine is busy, or a top-level await never ends`,
      loading,
    );
  const { exported, calls } = await withTimeout(shared.clock, LOAD_LIMIT, loading, late);
  return { definition: read(name, exported, version), calls };
}

function read(name: string, exported: unknown, version: string | null): Definition {
  const plugin: AnyPlugin | undefined = pluginOf(exported);
  if (plugin) return readDefinition(plugin, version);
  throw new JobsError(
    'INVALID_CONFIG',
    `plugins.${name} is not a plugin: export definePlugin({ ... }) as default, or a function init`,
  );
}

/** What Node and tsx find before the file runs. */
const UNREADABLE = ['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED', 'TransformError'];

/** Rethrows it as a mistake of the plugin's author, with the file: its stack shows only the loader's code. */
function withoutStack(error: unknown, url: string): never {
  const { code, name, stack } = Object(error) as { code?: unknown; name?: unknown; stack?: unknown };
  const invalid = (message: string) => new JobsError('INVALID_CONFIG', message, { cause: error });
  if (UNREADABLE.some((one) => one === code || one === name)) throw invalid(messageOf(error));
  // What Node cannot parse has no place in its stack; what a file itself throws has.
  if (name !== 'SyntaxError' || String(stack).includes('file:')) throw error;
  const file = fileURLToPath(url);
  throw invalid(
    `${messageOf(error)} in ${file} or a file that it imports. To see the line, run node --check with the file.`,
  );
}

async function importRecorded(
  shared: Shared,
  plugin: string,
  url: string,
  charge: (error: unknown) => void,
): Promise<Imported> {
  const watch = new Watch(charge, shared.clock);
  const recorder = createRecorder(plugin, shared, watch);
  strayErrors.set(recorder.scope, charge);
  const exported: unknown = await ambient
    .run(recorder.scope, () => import(/* @vite-ignore */ url))
    .catch((error) => withoutStack(error, url));
  await watch.settle();
  recorder.seal();
  return { exported, calls: recorder.calls };
}
