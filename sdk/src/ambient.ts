// The specification's functions at module level: they use the current scope, else the default instance.
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
}

// On globalThis, so that two copies of the SDK in one process share one current scope.
const KEY = Symbol.for('phraseworks-jobs/ambient/1');
const holder = globalThis as { [KEY]?: Shared };
holder[KEY] ??= { store: new AsyncLocalStorage<Ambient>(), fallback: undefined, early: [] };
const shared: Shared = holder[KEY];

/** For hosts: enters a scope, sets the default instance, adopts registrations made before any instance existed. */
export const ambient = {
  run: <R>(scope: Ambient, fn: () => R): R => shared.store.run(scope, fn),
  current: (): Ambient | undefined => shared.store.getStore() ?? shared.fallback,
  setDefault: (scope: Ambient | undefined): void => {
    shared.fallback = scope;
  },
  early: (): readonly Early[] => shared.early,
};

function here(name: string): Ambient {
  const scope = ambient.current();
  if (scope) return scope;
  throw new JobsError(
    'INVALID_STATE',
    `${name}() was called outside any job system: call it inside a plugin's init(), or after createJobs({ default: true })`,
  );
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
export const scheduleJob: JobsApi['scheduleJob'] = (schedule) => here('scheduleJob').scheduleJob(schedule);
export const unscheduleJob: JobsApi['unscheduleJob'] = (name) => here('unscheduleJob').unscheduleJob(name);
export const add: JobsApi['add'] = (job, data, options) => here('add').add(job, data, options);
export const addJob: JobsApi['addJob'] = (job, options) => here('addJob').addJob(job, options);
export const addJobs: JobsApi['addJobs'] = (jobs, options) => here('addJobs').addJobs(jobs, options);
export const getJobStatus: JobsApi['getJobStatus'] = (id) => here('getJobStatus').getJobStatus(id);
export const getJobHistory: JobsApi['getJobHistory'] = (id) => here('getJobHistory').getJobHistory(id);
export const cancelJob: JobsApi['cancelJob'] = (id) => here('cancelJob').cancelJob(id);
export const updateJobProgress: JobsApi['updateJobProgress'] = (id, progress) =>
  here('updateJobProgress').updateJobProgress(id, progress);
export const getQueueMetrics: JobsApi['getQueueMetrics'] = () => here('getQueueMetrics').getQueueMetrics();
export const recordJobMetrics: JobsApi['recordJobMetrics'] = (id, metrics) =>
  here('recordJobMetrics').recordJobMetrics(id, metrics);
export const handleError: JobsApi['handleError'] = (error, context, options) =>
  here('handleError').handleError(error, context, options);
export const doAction: HooksApi['doAction'] = (name, payload) => here('doAction').doAction(name, payload);
export const applyFilters: HooksApi['applyFilters'] = (name, value, about) =>
  here('applyFilters').applyFilters(name, value, about);
