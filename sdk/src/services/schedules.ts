// All schedules of the site, of every plugin and of the application.
import type { Who } from '../access.ts';
import type { ScheduleChange } from '../contract/requests.ts';
import type { ScheduleDetail, ScheduledJob, ScheduleInfo } from '../contract/site.ts';
import type { Job } from '../job.ts';
import type { Schedule } from '../jobs-api.ts';
import { token } from '../token.ts';

/**
 * A service of the core: `needs: { schedules: Schedules }`. Reading needs `view`; running, pausing and resuming `operate`; everything else
 * `administer`, and the rights for adding its job. A caller with `where` has these rights for schedules whose job it matches. `name` is
 * `plugin/name`, or only the name for the application's own; methods with one throw `SCHEDULE_NOT_FOUND`.
 */
export interface Schedules {
  list(who: Who): Promise<ScheduleInfo[]>;
  /** With the job that it adds. */
  get(who: Who, name: string): Promise<ScheduleDetail>;
  /** The next five runs of a cron expression, ISO 8601 in UTC. Throws `INVALID_DATA`. */
  preview(who: Who, times: { schedule: string; timezone?: string | undefined }): Promise<string[]>;
  /** Of the application. The same name changes it. Throws `INVALID_STATE` if the configuration has the name, `INVALID_DATA`, `UNKNOWN_TYPE`. */
  save(who: Who, schedule: Schedule): Promise<ScheduledJob>;
  /** Persists across restarts, even if a plugin declares the schedule. Throws `INVALID_DATA` with all wrong fields. */
  change(who: Who, name: string, change: ScheduleChange): Promise<ScheduleDetail>;
  remove(who: Who, name: string): Promise<void>;
  /** Adds its job now, in addition to its regular runs. */
  run(who: Who, name: string): Promise<Job>;
  pause(who: Who, name: string): Promise<ScheduleInfo>;
  /** Runs missed during the pause are skipped. */
  resume(who: Who, name: string): Promise<ScheduleInfo>;
}
export const Schedules = token<Schedules>('core/schedules');
