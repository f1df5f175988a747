// The table of files that this plugin wrote: which job may replace which file, and the totals for panel and reports.
import { dailyFigures, type Figure } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { ImageFailure } from './failure.ts';
import type { Database, OutputRow } from './tables.ts';

export interface Claim {
  path: string;
  jobId: string;
  overwrite: boolean;
  /** Whether a file is at the path now. */
  exists: boolean;
}

/** Why the path may not be written, or null. `held`: the row of the last job that claimed it; `isRunning`: it still runs, so its file may follow. */
function refusal(held: OutputRow | undefined, claim: Claim, isRunning: boolean): string | null {
  if (!held)
    return claim.exists ? 'data.outputPath exists and was not made by this plugin, so it is not replaced' : null;
  if (held.job_id === claim.jobId || claim.overwrite) return null;
  if (!claim.exists && !isRunning) return null;
  return 'data.outputPath was made by another job: set data.overwrite to replace it';
}

/** In a period: pictures, and by how many bytes they are smaller than their sources. */
export interface Made {
  pictures: number;
  saved: number;
}

const DAY = 86_400_000;
const madeOf = ({ pictures, saved }: { pictures: unknown; saved: unknown }): Made => ({
  pictures: Number(pictures),
  saved: Number(saved ?? 0),
});

/** `isRunning`: whether the job with this id is processing. */
export function outputsTable(db: Database, isRunning: (jobId: string) => Promise<boolean>) {
  const find = (path: string): Promise<OutputRow | undefined> =>
    db.selectFrom('pwj_image_outputs').selectAll().where('path', '=', path).executeTakeFirst();

  /** The row of the path, if this job may write there. Throws `ImageFailure` `OUTPUT_EXISTS`. */
  async function check(claim: Claim): Promise<OutputRow | undefined> {
    const held = await find(claim.path);
    const message = refusal(held, claim, held !== undefined && (await isRunning(held.job_id)));
    if (message) throw new ImageFailure('OUTPUT_EXISTS', message);
    return held;
  }

  async function insert(row: OutputRow): Promise<boolean> {
    try {
      await db.insertInto('pwj_image_outputs').values(row).execute();
      return true;
    } catch (error) {
      // Either another job was first, or the database failed.
      if (await find(row.path)) return false;
      throw error;
    }
  }

  async function replace(held: OutputRow, row: OutputRow): Promise<boolean> {
    const done = await db
      .updateTable('pwj_image_outputs')
      .set(row)
      .where('path', '=', held.path)
      .where('job_id', '=', held.job_id)
      .executeTakeFirst();
    return Number(done.numUpdatedRows) > 0;
  }

  const counted = () =>
    db.selectFrom('pwj_image_outputs').select((eb) => [
      eb.fn.countAll().as('pictures'),
      eb.fn.sum('bytes').as('bytes'),
      // Only one file of a set has the source's bytes, and a result larger than its source saved nothing.
      eb.fn
        .sum(
          eb
            .case()
            .when('source_bytes', '>', eb.ref('bytes'))
            .then(eb('source_bytes', '-', eb.ref('bytes')))
            .else(0)
            .end(),
        )
        .as('saved'),
    ]);

  return {
    find,
    check,
    /**
     * Claims the path for this job and returns the row that it replaces. The table's key decides between two
     * jobs at the same time. Throws `ImageFailure` `OUTPUT_EXISTS`.
     */
    async claim(row: OutputRow, terms: Omit<Claim, 'path' | 'jobId'>): Promise<OutputRow | undefined> {
      const claim = { ...terms, path: row.path, jobId: row.job_id };
      const held = await check(claim);
      if (held ? await replace(held, row) : await insert(row)) return held;
      throw new ImageFailure('OUTPUT_EXISTS', 'data.outputPath is being written by another job');
    },
    /** Takes a claim back whose file was not written. */
    async release(row: OutputRow, held: OutputRow | undefined): Promise<void> {
      if (held) {
        await replace(row, held);
        return;
      }
      await db.deleteFrom('pwj_image_outputs').where('path', '=', row.path).where('job_id', '=', row.job_id).execute();
    },
    newest: (limit: number): Promise<OutputRow[]> =>
      db
        .selectFrom('pwj_image_outputs')
        .selectAll()
        .orderBy('made_at', 'desc')
        .orderBy('path', 'desc')
        .limit(limit)
        .execute(),
    async totals(): Promise<Made & { bytes: number }> {
      const row = await counted().executeTakeFirstOrThrow();
      return { ...madeOf(row), bytes: Number(row.bytes ?? 0) };
    },
    /** What was made on each day since `from`, until before `to`, in milliseconds since 1970. */
    async madeIn(from: number, to: number): Promise<(Made & { at: number })[]> {
      // By the remainder: the engines divide differently, but agree on this.
      const passed = sql<number>`(made_at - ${sql.lit(from)}) - ((made_at - ${sql.lit(from)}) % ${sql.lit(DAY)})`;
      const mine = counted().where('made_at', '>=', from).where('made_at', '<', to);
      const rows = await mine.select(passed.as('passed')).groupBy('passed').execute();
      return rows.map((row) => ({ ...madeOf(row), at: from + Number(row.passed) }));
    },
  };
}

export type Outputs = ReturnType<typeof outputsTable>;

/** The figures of a period in milliseconds since 1970, `to` exclusive. */
export const imageFigures = async (outputs: Outputs, span: { from: number; to: number }): Promise<Figure[]> =>
  dailyFigures('Images', span, await outputs.madeIn(span.from, span.to), [
    { key: 'image.pictures', label: 'Pictures made', unit: 'count', better: 'neither', of: ({ pictures }) => pictures },
    { key: 'image.saved', label: 'Bytes saved', unit: 'bytes', better: 'more', of: ({ saved }) => saved },
  ]);
