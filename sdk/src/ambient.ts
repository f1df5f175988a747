// The functions of jobs and hooks at module level: they use the current scope, else the default instance.
import { AsyncLocalStorage } from 'node:async_hooks';
import { JobsError } from './errors.ts';
import type { HooksApi } from './hooks.ts';
import type { JobsApi } from './jobs-api.ts';

export type Ambient = JobsApi & HooksApi;
type Registration = 'registerProcessor' | 'addAction' | 'addFilter';
type Early = (scope: Ambient) => unknown;

interface Shared {
  store: AsyncLocalStorage<Ambient>;
  fallback: Ambient | undefined;
  early: Early[];
  /** Type to the scopes that have registered it. */
  homes: Map<string, Set<Ambient>>;
}

// On globalThis, so that two copies of the SDK in one process share one current scope.
const KEY = Symbol.for('phraseworks/ambient/1');
const holder = globalThis as { [KEY]?: Shared };
holder[KEY] ??= { store: new AsyncLocalStorage<Ambient>(), fallback: undefined, early: [], homes: new Map() };
const shared: Shared = holder[KEY];

/** For hosts: enters a scope, sets the default instance, adopts registrations made before any instance existed. */
export const ambient = {
  run: <R>(scope: Ambient, fn: () => R): R => shared.store.run(scope, fn),
  current: (): Ambient | undefined => shared.store.getStore() ?? shared.fallback,
  setDefault: (scope: Ambient | undefined): void => {
    shared.fallback = scope;
  },
  early: (): readonly Early[] => shared.early,
  /** Notes that the scope has registered the type; the returned function ends that. */
  settle: (type: string, scope: Ambient): (() => void) => {
    const scopes = shared.homes.get(type) ?? new Set();
    shared.homes.set(type, scopes.add(scope));
    return () => {
      scopes.delete(scope);
      if (scopes.size === 0) shared.homes.delete(type);
    };
  },
};

/** The current scope, else the one that has registered the type, else the default instance. */
function scopeFor(type: string): Ambient | undefined {
  const homes = [...(shared.homes.get(type) ?? [])];
  return shared.store.getStore() ?? (homes.length === 1 ? homes[0] : shared.fallback);
}

/** `add()` of a value of `defineJob()`. */
export const addDefined: JobsApi['add'] = (job, ...rest) => {
  const scope = scopeFor(job.type);
  if (scope) return scope.add(job, ...rest);
  const why = shared.homes.has(job.type)
    ? 'this process has several job systems with this type: use ctx.add() or jobs.add()'
    : 'no running plugin has registered it, and there is no default instance';
  return Promise.reject(
    new JobsError('INVALID_STATE', `add(): a job of the type "${job.type}" cannot be added, because ${why}`),
  );
};

/** The function of the current scope. Without a scope its promise is rejected: a call that does not wait must not throw. */
function ask<K extends keyof Ambient>(name: K): Ambient[K] {
  const call = (...args: unknown[]): unknown => {
    const scope = ambient.current();
    if (scope) return (scope[name] as (...args: unknown[]) => unknown)(...args);
    const message = `${name}() was called outside any job system: call it inside a plugin's init(), or after createJobs({ default: true })`;
    return Promise.reject(new JobsError('INVALID_STATE', message));
  };
  return call as Ambient[K];
}

/** Registrations at the top level of a file come before any instance exists: they are stored and replayed for each one. */
function register<K extends Registration>(name: K, args: Parameters<Ambient[K]>): ReturnType<Ambient[K]> {
  const call: Early = (scope) => (scope[name] as (...a: unknown[]) => unknown)(...args);
  const scope = ambient.current();
  if (scope) return call(scope) as ReturnType<Ambient[K]>;
  shared.early.push(call);
  return (() => {
    const index = shared.early.indexOf(call);
    if (index >= 0) shared.early.splice(index, 1);
  }) as ReturnType<Ambient[K]>;
}

export const registerProcessor: JobsApi['registerProcessor'] = (...args: unknown[]) =>
  register('registerProcessor', args as never);
export const addAction: HooksApi['addAction'] = (...args) => register('addAction', args as never);
export const removeAction: HooksApi['removeAction'] = (name, fn) => ambient.current()?.removeAction(name, fn) ?? false;
export const addFilter: HooksApi['addFilter'] = (...args) => register('addFilter', args as never);
export const scheduleJob: JobsApi['scheduleJob'] = ask('scheduleJob');
export const unscheduleJob: JobsApi['unscheduleJob'] = ask('unscheduleJob');
export const add: JobsApi['add'] = ask('add');
export const addJob: JobsApi['addJob'] = ask('addJob');
export const addJobs: JobsApi['addJobs'] = ask('addJobs');
export const addGraph: JobsApi['addGraph'] = ask('addGraph');
export const addBatch: JobsApi['addBatch'] = ask('addBatch');
export const getBatch: JobsApi['getBatch'] = ask('getBatch');
export const getJobStatus: JobsApi['getJobStatus'] = ask('getJobStatus');
export const getJobHistory: JobsApi['getJobHistory'] = ask('getJobHistory');
export const cancelJob: JobsApi['cancelJob'] = ask('cancelJob');
export const deleteJobs: JobsApi['deleteJobs'] = ask('deleteJobs');
/** Cancels all jobs about content. */
export const cancelAbout: JobsApi['cancelAbout'] = ask('cancelAbout');
export const signalJob: JobsApi['signalJob'] = ask('signalJob');
export const updateJobProgress: JobsApi['updateJobProgress'] = ask('updateJobProgress');
export const getQueueMetrics: JobsApi['getQueueMetrics'] = ask('getQueueMetrics');
export const recordJobMetrics: JobsApi['recordJobMetrics'] = ask('recordJobMetrics');
export const handleError: JobsApi['handleError'] = ask('handleError');
export const doAction: HooksApi['doAction'] = ask('doAction');
export const applyFilters: HooksApi['applyFilters'] = ask('applyFilters');
