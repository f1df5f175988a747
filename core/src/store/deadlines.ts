// Until when jobs may wait: before they begin, and for their next attempt.
import type { Deadline } from '../job/record.ts';
import { durationInWords } from '../kernel/duration.ts';
import { timeIn } from '../kernel/id.ts';
import type { Changes } from './changes.ts';
import type { Row } from './schema.ts';
import type { Statements } from './shared-statements.ts';
import type { Tx } from './tx.ts';

/** Is the time of this claimed job over, so that it must not run? */
export const isOver = ({ waitsUntil }: Pick<Deadline, 'waitsUntil'>, now: number): boolean =>
  waitsUntil !== null && waitsUntil <= now;

/** `gave up after 2 days`: the reason of a job that failed because its time was over. */
export const gaveUp = (id: string, giveUpAt: number): string =>
  `gave up after ${durationInWords(giveUpAt - timeIn(id))}`;

/** What changes in the deadlines of jobs, by their ids; null: it goes. */
type NewDeadlines = readonly { id: string; deadline?: Deadline | null | undefined }[];

/** Writes the deadlines of these jobs. Those without a word about theirs keep it. */
export async function writeDeadlines(
  tx: Tx,
  { deadline }: Pick<Statements, 'deadline'>,
  changes: Changes,
  jobs: NewDeadlines,
): Promise<void> {
  const rows: Row<'pwj_deadlines'>[] = [];
  const gone: string[] = [];
  for (const { id, deadline: own } of jobs) {
    if (own) rows.push({ jobId: id, ...own });
    else if (own === null) gone.push(id);
  }
  for (const { waitsUntil } of rows)
    if (waitsUntil !== null && waitsUntil < changes.firstDeadline) changes.firstDeadline = waitsUntil;
  if (rows.length > 0) await tx.insertAll(deadline, rows);
  if (gone.length > 0) await tx.db.deleteFrom('pwj_deadlines').where('job_id', 'in', gone).execute();
}
