// A schedule as it is kept, and its row.
import type { MissedRuns } from '@phraseworks/sdk';
import type { Selectable } from 'kysely';
import type { SchedulesTable } from './schema.ts';

/** A schedule as declared. `job` is the job as JSON. */
export interface ScheduleEntry {
  /** `plugin/name`, or the name alone when the application made it. */
  key: string;
  plugin: string | null;
  name: string;
  pattern: string;
  timezone: string;
  missed: MissedRuns;
  job: string;
  /** Its plugin declares it with every start; false: made at run time, and kept. */
  declared: boolean;
  /** A person changed the declared schedule: the next declaration leaves it alone. */
  changed?: boolean;
}

/** Times in milliseconds since 1970. */
export interface StoredSchedule extends ScheduleEntry {
  paused: boolean;
  /** The first run that was not fired; null when there is none left. */
  nextAt: number | null;
  lastAt: number | null;
  lastJob: string | null;
}

export type DueSchedule = Pick<StoredSchedule, 'key' | 'plugin' | 'pattern' | 'timezone' | 'missed'> & {
  nextAt: number;
};

/** In `declared`, beside 0 and 1. */
const CHANGED = 2;

export const declaredOf = ({ declared, changed = false }: ScheduleEntry): number =>
  !declared ? 0 : changed ? CHANGED : 1;

export const readMissed = (text: string): MissedRuns => JSON.parse(text) as MissedRuns;

export function read(row: Selectable<SchedulesTable>): StoredSchedule {
  const { key, plugin, name, pattern, timezone, job } = row;
  return {
    ...{ key, plugin, name, pattern, timezone, job },
    missed: readMissed(row.missed),
    declared: row.declared !== 0,
    changed: row.declared === CHANGED,
    paused: row.paused !== 0,
    nextAt: row.next_at,
    lastAt: row.last_at,
    lastJob: row.last_job,
  };
}
