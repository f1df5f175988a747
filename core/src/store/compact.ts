// A SQLite file keeps the room that removed rows leave: how much that is, and giving it back to the disk.
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sql } from 'kysely';
import { databasePlace } from './database-place.ts';
import type { Dialect } from './dialect.ts';

export interface FileRoom {
  /** Bytes of the file. */
  size: number;
  /** Bytes of it that hold data. */
  used: number;
  /** Bytes that are free on its disk. */
  free: number;
}

/** Null for a server, and for a database in memory. */
export async function fileRoom(dialect: Dialect): Promise<FileRoom | null> {
  const place = databasePlace(undefined, dialect);
  if (place?.engine !== 'sqlite') return null;
  const { rows } = await sql<{ used: number }>`
    select (page_count - freelist_count) * page_size as used
    from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`.execute(dialect.reader);
  const { size } = await stat(place.file);
  const { bavail, bsize } = await statfs(dirname(place.file));
  return { size, used: Number(rows[0]?.used ?? 0), free: bavail * bsize };
}

/** Rewrites the file without its empty pages. No other process can write while it runs; an interruption leaves the file as it was. */
export async function vacuum({ db }: Dialect): Promise<void> {
  // Our connections keep what is temporary in memory, and a copy of the whole database belongs on the disk.
  await sql`pragma temp_store = file`.execute(db);
  await sql`vacuum`.execute(db);
  await sql`pragma wal_checkpoint(truncate)`.execute(db);
}
