// Bodies to try: what a request of each kind may look like.
import type { TypeInfo } from '../../host.ts';
import type { SchemaName } from '../schemas.ts';

/** A job of the first type that brings an example and can run. */
function exampleJob(types: readonly TypeInfo[]): { type: string; data: unknown } {
  const known = types.filter(({ example }) => example !== null && example !== undefined);
  const chosen = known.find(({ state }) => state === 'ready') ?? known[0];
  return { type: chosen?.type ?? types[0]?.type ?? 'your_type', data: chosen?.example ?? {} };
}

/** Undefined for a schema that is never a body. */
export function exampleOf(name: SchemaName, types: readonly TypeInfo[]): unknown {
  const job = exampleJob(types);
  const examples: Partial<Record<SchemaName, unknown>> = {
    NewJobs: { ...job, priority: 'normal', maxRetries: 3 },
    Retry: { data: job.data },
    Bulk: { action: 'retry', filter: { status: 'failed', type: job.type } },
    Progress: { percentage: 40, processed: 4, total: 10, message: 'resizing' },
    NewSchedule: { name: 'weekday_morning', schedule: '0 9 * * 1-5', timezone: 'Europe/Berlin', jobData: job },
    ScheduleChange: { schedule: '30 8 * * 1-5', timezone: 'Europe/Berlin', missed: 'once' },
    NewPause: { kind: 'type', name: job.type },
    Disable: { running: 'drain', timeout: 30_000 },
    Config: {},
  };
  return examples[name];
}
