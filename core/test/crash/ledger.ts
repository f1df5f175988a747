// Holds what the processes noted against the database.
import { sql } from 'kysely';
import type { Dialect } from '../../src/store/dialect.ts';
import { decodeEvents } from '../../src/store/event-codec.ts';
import { type Notes, overlapsOf } from './notes.ts';

export interface Findings {
  acknowledged: number;
  /** Acknowledged jobs that are not there, or not over. */
  lost: number;
  /** Pairs of attempts of one job that ran at the same time. */
  overlapping: number;
  /** Jobs of which it was told more than once that they were completed. */
  settledTwice: number;
  /** Jobs that ended as failed, with their crashes. */
  ended: { isPoison: boolean; reason: string | null; crashes: number }[];
  /** Jobs that began more than once. */
  repeated: number;
  /** States whose count is not the number of jobs in them. */
  miscounted: number;
  integrity: string;
}

export async function examine(notes: Notes, dialect: Dialect): Promise<Findings> {
  const { acknowledged, spans } = notes;
  const rows = await dialect.reader
    .selectFrom('pwj_jobs')
    .select(['id', 'state', 'reason', 'crashes', 'data'])
    .execute();
  const states = new Map(rows.map((row) => [row.id, row]));
  const over = (id: string) => ['completed', 'failed'].includes(states.get(id)?.state ?? '');
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((id) => !over(id)).length,
    overlapping: overlapsOf(notes),
    settledTwice: await completedTwice(dialect),
    ended: rows
      .filter(({ state }) => state === 'failed')
      .map(({ data, reason, crashes }) => ({ isPoison: JSON.parse(data).isPoison, reason, crashes })),
    repeated: [...spans.values()].filter((own) => own.size > 1).length,
    miscounted: await miscounted(dialect, rows),
    integrity: await integrityOf(dialect),
  };
}

/** Nothing waits or runs any more. */
export async function isDrained({ reader }: Dialect): Promise<boolean> {
  const { n } = await reader
    .selectFrom('pwj_jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .where('state', 'in', ['ready', 'scheduled', 'processing'])
    .executeTakeFirstOrThrow();
  return Number(n) === 0;
}

/** Jobs whose completion was sent to listeners more than once. */
async function completedTwice({ reader }: Dialect): Promise<number> {
  const seen = new Map<string, number>();
  for (const { events } of await reader.selectFrom('pwj_events').select('events').execute()) {
    for (const { event, jobId } of decodeEvents(events)) {
      if (event === 'job_completed') seen.set(jobId, (seen.get(jobId) ?? 0) + 1);
    }
  }
  return [...seen.values()].filter((n) => n > 1).length;
}

async function miscounted({ reader }: Dialect, rows: readonly { state: string }[]): Promise<number> {
  const wrong = new Map<string, number>();
  for (const { state, n } of await reader.selectFrom('pwj_counts').select(['state', 'n']).execute())
    wrong.set(state, (wrong.get(state) ?? 0) + Number(n));
  for (const { state } of rows) wrong.set(state, (wrong.get(state) ?? 0) - 1);
  return [...wrong.values()].filter((n) => n !== 0).length;
}

/** What the engine says of its own files: `ok`, or all that is wrong. */
async function integrityOf({ name, reader }: Dialect): Promise<string> {
  const check = name === 'sqlite' ? sql`pragma integrity_check` : sql`check table pwj_jobs, pwj_events, pwj_counts`;
  const { rows } = await check.execute(reader);
  const said = rows.map((row) => Object.values(row as Record<string, string>).at(-1) ?? '');
  return [...new Set(said)].join('; ').toLowerCase();
}
