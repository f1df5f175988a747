// What a plugin's file registers while it is imported: remembered, since it is imported once and switched on many times.
import { type Ambient, type Dispose, JobsError } from '@phraseworks/sdk';
import { eachJobFunction } from './api.ts';
import type { OwnedJobs, Schedules } from './ports.ts';
import type { Watch } from './watch.ts';

export type Recorded = (scope: Ambient) => unknown;

interface RecorderParts {
  plugin: string;
  jobs: OwnedJobs;
  hooks: Pick<Ambient, 'doAction' | 'applyFilters'>;
  schedules: Schedules;
  /** Holds the promises that the file did not await. */
  watch: Watch;
}

export interface Recorder {
  /** To be current while the file is imported. */
  scope: Ambient;
  /** In the order of the calls. */
  calls: readonly Recorded[];
  /** From now on a registration is refused: it would be missing until the plugin is next switched on. */
  seal(): void;
}

/** The functions that register are remembered; the others work at once. */
export function createRecorder({ plugin, jobs, hooks, schedules, watch }: RecorderParts): Recorder {
  const calls: Recorded[] = [];
  let sealed = false;

  const remember = (name: string, call: Recorded): Dispose => {
    if (sealed) {
      throw new JobsError(
        'INVALID_STATE',
        `${name}() came too late: call it at the top level of the file or in init()`,
      );
    }
    calls.push(call);
    return () => {
      const index = calls.indexOf(call);
      if (index >= 0) calls.splice(index, 1);
    };
  };

  const scope: Ambient = {
    ...eachJobFunction(jobs, (_, call) => watch.track(call())),
    doAction: (name, payload) => watch.track(hooks.doAction(name, payload)),
    applyFilters: (name, value, about) => watch.track(hooks.applyFilters(name, value, about)),
    registerProcessor: (...args) => remember('registerProcessor', (to) => to.registerProcessor(...args)),
    addAction: (...args) => remember('addAction', (to) => to.addAction(...args)),
    addFilter: (...args) => remember('addFilter', (to) => to.addFilter(...args)),
    // Save at once: the caller needs the next run, and a wrong pattern must show now.
    scheduleJob: (schedule) => {
      remember('scheduleJob', (to) => to.scheduleJob(schedule));
      return watch.track(schedules.save(plugin, schedule, true));
    },
    unscheduleJob: (name) => watch.track(schedules.remove(plugin, name)),
  };
  return {
    scope,
    calls,
    seal: () => {
      sealed = true;
    },
  };
}
