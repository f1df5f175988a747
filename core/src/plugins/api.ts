// The functions (README, "The functions") and the hooks for one owner, a plugin or the application; everything it registers belongs to its scope.
import {
  type Dispose,
  type HookOptions,
  JobsError,
  type Lazy,
  type Processor,
  type ProcessorOptions,
} from '@phraseworks/sdk';
import { type Ambient, type AnyJob, ambient } from '@phraseworks/sdk/host';
import { z } from 'zod';
import { matching, mistakesIn, ProcessorSchema } from '../kernel/config.ts';
import { invalid } from '../kernel/errors.ts';
import { copied } from '../kernel/fields.ts';
import type { HookOwner } from '../kernel/hooks.ts';
import { optionErrors } from '../queue/admission.ts';
import { strayErrors } from '../queue/attempt.ts';
import type { OwnedJobs } from '../queue/jobs-of.ts';
import { keyErrors } from '../queue/keys/unique.ts';
import { Scope } from './scope.ts';
import type { Shared } from './shared.ts';
import { Watch } from './watch.ts';

/** Refused after the scope has closed; functions that only read or report still work. */
const ADDING: readonly string[] = ['add', 'addJob', 'addJobs', 'addGraph', 'addBatch'];
/** Refused inside a transaction, for which they would wait. */
const OUTSIDE: readonly string[] = ['cancelJob', 'deleteJobs', 'recordJobMetrics'];

/** The functions of `jobs`, each called through `around`. */
export const eachJobFunction = (
  jobs: OwnedJobs,
  around: (name: string, call: () => Promise<unknown>) => Promise<unknown>,
): OwnedJobs =>
  Object.fromEntries(
    Object.entries(jobs).map(([name, call]) => [
      name,
      (...args: never[]) => around(name, () => (call as (...given: never[]) => Promise<unknown>)(...args)),
    ]),
  ) as unknown as OwnedJobs;

export interface ApiParts {
  /** The plugin, or null for the application. */
  owner: string | null;
  place: number;
  charge(error: unknown, where: string): void;
  /** Is init() running? Schedules saved later persist across restarts. */
  declaring(): boolean;
}

export interface Api {
  functions: Ambient;
  scope: Scope;
  /** Of every promise that a function returns. */
  watch: Watch;
  /** Runs `fn` in this scope: `addJob()` and the others that it imports from the SDK are then those of this owner (`ambient`). */
  enter<R>(fn: () => R): R;
  /** Like `enter`, for a job or timer: not nested in the hook that caused it. */
  begin<R>(fn: () => R): R;
  wrap(name: string, wrapper: unknown, options?: HookOptions): Dispose;
}

export function createApi(
  { registry, hooks, schedules, jobs, databases: { inside }, clock }: Shared,
  { owner, place, charge, declaring }: ApiParts,
): Api {
  const scope = new Scope(owner === null ? 'the job system' : `the plugin "${owner}"`, clock);
  const watch = new Watch((error) => charge(error, 'an unawaited promise'), clock);
  const enter = <R>(fn: () => R): R => ambient.run(functions, fn);
  const begin = <R>(fn: () => R): R => hooks.outside(() => enter(fn));
  const listener: HookOwner = { place, enter, charge };

  const listen =
    (add: 'addAction' | 'addFilter' | 'addWrapper') =>
    (name: string, fn: unknown, options?: HookOptions): Dispose => {
      scope.assertOpen(add);
      let undo: Dispose = () => {};
      const remove = hooks[add](name, fn as (...args: unknown[]) => unknown, options, listener, () => void undo());
      undo = scope.add(remove, 'hooks', name);
      return undo;
    };

  const outside = async <R>(name: string, call: () => Promise<R>): Promise<R> => {
    inside.refuse(`${name}() was called`);
    return call();
  };

  const functions: Ambient = {
    ...eachJobFunction(jobs(owner), (name, call) => {
      const refusal = ADDING.includes(name) ? scope.refusal(name) : undefined;
      if (refusal) return watch.track(Promise.reject(refusal));
      return watch.track(OUTSIDE.includes(name) ? outside(name, call) : call());
    }),
    registerProcessor: (...given: unknown[]) => {
      scope.assertOpen('registerProcessor');
      const [type, source, options] = readProcessor(given);
      checkProcessor(type, source, options);
      const unregister = registry.register({
        type,
        plugin: owner,
        processor: typeof source === 'function' ? source : { lazy: () => begin(() => source.lazy()) },
        options,
        enter: begin,
      });
      const leave = ambient.settle(type, functions);
      const undo = () => {
        leave();
        return unregister();
      };
      scope.drop('types', type);
      return scope.add(undo, 'types', type);
    },
    scheduleJob: (schedule) => {
      const save = async () => {
        scope.assertOpen('scheduleJob');
        const saved = await schedules.save(owner, schedule, declaring());
        scope.drop('schedules', saved.name);
        scope.add(() => {}, 'schedules', saved.name);
        return saved;
      };
      return watch.track(outside('scheduleJob', save));
    },
    unscheduleJob: (name) => {
      const remove = () => {
        scope.drop('schedules', name);
        return schedules.unschedule(owner, name);
      };
      return watch.track(outside('unscheduleJob', remove));
    },
    addAction: listen('addAction'),
    removeAction: (name, fn) => hooks.removeAction(name, fn, listener),
    addFilter: listen('addFilter'),
    doAction: (name, payload) => watch.track(hooks.doAction(name, payload)),
    applyFilters: (name, value, about) => watch.track(hooks.applyFilters(name, value, about)),
  };
  // The errors of the application are those of the host.
  if (owner !== null) strayErrors.set(functions, (error) => charge(error, 'an uncaught error'));
  return { functions, scope, watch, enter, begin, wrap: listen('addWrapper') };
}

type Given = [type: string, processor: Processor | Lazy<Processor>, options?: ProcessorOptions];

/** A type, its processor and options, or all of it as `defineJob()` gives it; such a value may also be given as the options. */
function readProcessor(given: unknown[]): Required<Given> {
  const isJob = typeof given[0] === 'object' && given[0] !== null;
  const job = copied((isJob ? given[0] : (given[2] ?? {})) as object, 'registerProcessor(): ') as AnyJob &
    Record<'add' | 'is', unknown>;
  const { type, run, result: _result, add: _add, is: _is, ...options } = job;
  return isJob
    ? [type, run as Processor | Lazy<Processor>, options]
    : [given[0] as string, given[1] as Processor, options];
}

/** Fits the column. */
const MOST_VERSIONS = 1_000_000;
const LANE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}$/;

const anything = z.unknown().optional();
const OptionsSchema = ProcessorSchema.extend({
  lane: matching(LANE, 'must contain only letters, digits and "_.:/-", at most 100 characters').optional(),
  version: z.int().min(1).max(MOST_VERSIONS).optional(),
  upgrade: z.function().optional(),
  ...{ key: anything, unique: anything },
  ...{ access: anything, data: anything, example: anything, onLost: anything, summary: anything, view: anything },
} satisfies Partial<Record<keyof ProcessorOptions, z.ZodType>>);

/** Throws `INVALID_DATA` for mistakes that would otherwise show only with the first job. */
function checkProcessor(type: string, processor: unknown, options: ProcessorOptions): void {
  const isLazy = typeof (processor as { lazy?: unknown } | null)?.lazy === 'function';
  if (typeof processor !== 'function' && !isLazy) {
    throw new JobsError(
      'INVALID_DATA',
      `registerProcessor("${type}"): the processor must be a function or lazy(() => import(...))`,
    );
  }
  const errors = [...optionErrors({ type }), ...mistakesIn(OptionsSchema, options), ...keyErrors(options)];
  if (options.upgrade !== undefined && options.version === undefined)
    errors.push({ path: 'upgrade', message: 'must be beside a version' });
  if (errors.length > 0) throw invalid(errors, `registerProcessor("${type}"): `);
}
