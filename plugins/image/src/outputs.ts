// The table of what this plugin has written: who may replace which file, and what the panel shows.
import type { PluginDatabase, PluginDefinition } from '@phraseworks/sdk';
import type { Kysely } from 'kysely';
import { ImageFailure } from './failure.ts';
import type { OutputFormat } from './formats.ts';

export interface OutputRow {
  /** From the real root, without a leading slash. */
  path: string;
  job_id: string;
  bytes: number;
  source_bytes: number;
  width: number;
  height: number;
  format: OutputFormat;
  /** Milliseconds since 1970. */
  made_at: number;
}

interface Tables {
  pwj_image_outputs: OutputRow;
}

// A row is written just before its file. One that is older than this and has no file belongs to nobody any more.
const WRITING = 60_000;

export const migrations: NonNullable<PluginDefinition['migrations']> = {
  '001_outputs': {
    async up(db) {
      await db.schema
        .createTable('pwj_image_outputs')
        .ifNotExists()
        .addColumn('path', 'varchar(255)', (column) => column.primaryKey())
        .addColumn('job_id', 'varchar(64)', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addColumn('source_bytes', 'bigint', (column) => column.notNull())
        .addColumn('width', 'integer', (column) => column.notNull())
        .addColumn('height', 'integer', (column) => column.notNull())
        .addColumn('format', 'varchar(8)', (column) => column.notNull())
        .addColumn('made_at', 'bigint', (column) => column.notNull())
        // Serves as the index of "newest first" in one re-runnable statement; MySQL has no "create index if not exists".
        .addUniqueConstraint('pwj_image_outputs_made', ['made_at', 'path'])
        .execute();
    },
    async down(db) {
      await db.schema.dropTable('pwj_image_outputs').ifExists().execute();
    },
  },
};

export interface Claim {
  path: string;
  jobId: string;
  overwrite: boolean;
  /** Is there something at the path now? */
  exists: boolean;
  now: number;
}

/** Why the path may not be written, or null. `held`: the row of whoever wrote it last. */
export function refusal(held: OutputRow | undefined, claim: Claim): string | null {
  if (!held)
    return claim.exists ? 'data.outputPath exists and was not made by this plugin: it is never replaced' : null;
  if (held.job_id === claim.jobId || claim.overwrite) return null;
  if (!claim.exists && Number(held.made_at) < claim.now - WRITING) return null;
  return 'data.outputPath was made by another job: set data.overwrite to replace it';
}

export function outputsTable(database: PluginDatabase) {
  const db: Kysely<Tables> = database;

  const find = (path: string): Promise<OutputRow | undefined> =>
    db.selectFrom('pwj_image_outputs').selectAll().where('path', '=', path).executeTakeFirst();

  /** The row that holds the path, once nobody objects. Throws `ImageFailure` `OUTPUT_EXISTS`. */
  async function check(claim: Claim): Promise<OutputRow | undefined> {
    const held = await find(claim.path);
    const message = refusal(held, claim);
    if (message) throw new ImageFailure('OUTPUT_EXISTS', message);
    return held;
  }

  async function insert(row: OutputRow): Promise<boolean> {
    try {
      await db.insertInto('pwj_image_outputs').values(row).execute();
      return true;
    } catch (error) {
      // Another job was first, or the database has a trouble of its own.
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

  return {
    find,
    check,
    /** Makes the path this job's own. The key of the table decides between two jobs that come at the same time. */
    async claim(row: OutputRow, terms: Omit<Claim, 'path' | 'jobId' | 'now'>): Promise<void> {
      const claim = { ...terms, path: row.path, jobId: row.job_id, now: row.made_at };
      const held = await check(claim);
      if (held ? await replace(held, row) : await insert(row)) return;
      throw new ImageFailure('OUTPUT_EXISTS', 'data.outputPath is being written by another job');
    },
    newest: (limit: number): Promise<OutputRow[]> =>
      db
        .selectFrom('pwj_image_outputs')
        .selectAll()
        .orderBy('made_at', 'desc')
        .orderBy('path', 'desc')
        .limit(limit)
        .execute(),
    async totals(): Promise<{ files: number; bytes: number; sourceBytes: number }> {
      const row = await db
        .selectFrom('pwj_image_outputs')
        .select(({ fn }) => [
          fn.countAll().as('files'),
          fn.sum('bytes').as('bytes'),
          fn.sum('source_bytes').as('sourceBytes'),
        ])
        .executeTakeFirstOrThrow();
      return { files: Number(row.files), bytes: Number(row.bytes ?? 0), sourceBytes: Number(row.sourceBytes ?? 0) };
    },
  };
}

export type Outputs = ReturnType<typeof outputsTable>;
