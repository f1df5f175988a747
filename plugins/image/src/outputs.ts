// The table of files that this plugin wrote: which job may replace which file, and the totals for panel and reports.
import type { Figure } from '@phraseworks/sdk';
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
      return { pictures: Number(row.pictures), bytes: Number(row.bytes ?? 0), saved: Number(row.saved ?? 0) };
    },
    /** What was made from `from` until before `to`, in milliseconds since 1970. */
    async madeIn(from: number, to: number): Promise<Made> {
      const row = await counted().where('made_at', '>=', from).where('made_at', '<', to).executeTakeFirstOrThrow();
      return { pictures: Number(row.pictures), saved: Number(row.saved ?? 0) };
    },
  };
}

export type Outputs = ReturnType<typeof outputsTable>;

const DAY = 86_400_000;
const MAX_DAYS = 62;

/** The figures of a period in milliseconds since 1970, `to` exclusive. */
export async function imageFigures(outputs: Outputs, { from, to }: { from: number; to: number }): Promise<Figure[]> {
  const days = Math.ceil((to - from) / DAY);
  const perDay: Made[] = [];
  if (days <= MAX_DAYS) {
    for (let start = from; start < to; start += DAY) {
      perDay.push(await outputs.madeIn(start, Math.min(start + DAY, to)));
    }
  }
  const whole = await outputs.madeIn(from, to);
  const section = 'Images';
  const of = (pick: (made: Made) => number) =>
    perDay.length > 0 ? { value: pick(whole), days: perDay.map(pick) } : { value: pick(whole) };
  return [
    {
      key: 'image.pictures',
      section,
      label: 'Pictures made',
      unit: 'count',
      better: 'neither',
      ...of((m) => m.pictures),
    },
    { key: 'image.saved', section, label: 'Bytes saved', unit: 'bytes', better: 'more', ...of((m) => m.saved) },
  ];
}
