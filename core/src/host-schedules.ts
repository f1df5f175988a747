// Schedules as a host holds them.
import type { Job, MissedRuns, NewJob } from '@phraseworks/sdk';

export interface ScheduleInfo {
  name: string;
  plugin: string | null;
  schedule: string;
  timezone: string;
  missed: MissedRuns;
  paused: boolean;
  type: string;
  /** ISO 8601 in UTC; null while paused or while its plugin is off. */
  nextRun: string | null;
  /** The next five. */
  nextRuns: string[];
  lastRun: string | null;
  lastJob: string | null;
}

/** One schedule with the job that it adds. */
export interface ScheduleDetail extends ScheduleInfo {
  jobData: NewJob;
  /** By its plugin or the configuration, with every start. */
  declared: boolean;
  /** A person has changed what is declared: that holds until it is removed. */
  changed: boolean;
}

/** What is left out stays as it is. */
export interface ScheduleChange {
  schedule?: string;
  timezone?: string;
  missed?: MissedRuns;
  jobData?: NewJob;
}

export interface ScheduleRuns {
  /** Milliseconds since 1970; `from` is in the span, `to` is not. */
  from: number;
  to: number;
  /** Of this schedule alone, even while it is paused or its plugin is off. */
  name?: string;
  /** Runs of one schedule, at most: 2000 by default. */
  limit?: number;
}

export interface SchedulesApi {
  list(): Promise<ScheduleInfo[]>;
  /** Throws `SCHEDULE_NOT_FOUND`. */
  get(name: string): Promise<ScheduleDetail>;
  /** When each runs within a span of time, by its pattern; at most 20,000 runs in all. */
  runs(span: ScheduleRuns): Promise<{ name: string; at: string[]; capped: boolean }[]>;
  /** Throws `SCHEDULE_NOT_FOUND`, `INVALID_DATA` with all wrong fields, `PAYLOAD_TOO_LARGE`. */
  change(name: string, change: ScheduleChange): Promise<ScheduleDetail>;
  /** `name` is `plugin/name`, or the name alone for the application's own. These throw `SCHEDULE_NOT_FOUND`. */
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Adds its job now, beside its regular runs. */
  run(name: string): Promise<Job>;
  remove(name: string): Promise<void>;
}
