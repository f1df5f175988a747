// One database of a backup: copied or dumped into the working folder, then moved into the archive.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@phraseworks/sdk';
import type { ArchiveWriter } from './archive-writer.ts';
import type { Where } from './engines/client-program.ts';
import { copySqlite } from './engines/sqlite/file.ts';
import { BackupFailure } from './failure.ts';
import type { DatabasePart } from './manifest.ts';
import { type DatabaseSource, describe, engineOf } from './sources.ts';

export interface PartOptions extends Where {
  /** 0 to 1. */
  progress(fraction: number): void;
}

/** Everything except size and checksum, which are known once it is in the archive. */
export type Taken = Omit<DatabasePart, 'bytes' | 'sha256'> & {
  file: string;
  missing: { what: string; reason: string }[];
};

/** An upper estimate of its bytes. Throws `SOURCE_UNREADABLE`. */
export async function measureDatabase(source: DatabaseSource, where: Where): Promise<number> {
  if (source.engine !== 'sqlite') return engineOf(source).measure(source.login, where);
  const size = async (path: string) => (await stat(path)).size;
  try {
    return (await size(source.file)) + (await size(`${source.file}-wal`).catch(() => 0));
  } catch (error) {
    throw new BackupFailure('SOURCE_UNREADABLE', `${describe(source)} cannot be read${systemCode(error)}`, error);
  }
}

export async function takeDatabase(source: DatabaseSource, bytes: number, options: PartOptions): Promise<Taken> {
  const { folder, signal, progress } = options;
  const { name, engine } = source;
  if (engine === 'sqlite') {
    const file = join(folder, `${name}.sqlite`);
    const { version, tables, virtual } = await copySqlite(source.file, file, describe(source), { signal, progress });
    const leftOut = virtual.map((table) => `table ${table} is virtual: copied but not compared`);
    const path = `databases/${name}.sqlite`;
    return {
      kind: 'database',
      name,
      path,
      engine,
      engineVersion: version,
      method: 'online-backup',
      tables,
      leftOut,
      missing: [],
      file,
    };
  }
  const end = engine === 'mysql' ? 'sql' : 'dump';
  const file = join(folder, `${name}.${end}`);
  const dump = await engineOf(source).dump(source.login, {
    ...{ file, folder, signal },
    progress: (done) => progress(bytes === 0 ? 0 : done / bytes),
  });
  const { version: engineVersion, notes: leftOut, ...rest } = dump;
  const path = `databases/${name}.${end}`;
  return { kind: 'database', name, path, engine, engineVersion, method: 'program', leftOut, ...rest, file };
}

/** Moves it into the archive; the file is gone afterwards. */
export async function addDatabase(
  archive: ArchiveWriter,
  { file, missing: _, ...part }: Taken,
  progress: (bytes: number) => void,
): Promise<DatabasePart> {
  const { size } = await stat(file);
  const hash = createHash('sha256');
  let bytes = 0;
  async function* content(): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file, { highWaterMark: 262_144 })) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      progress(bytes);
      yield chunk as Buffer;
    }
  }
  await archive.add({ name: part.path, size }, content());
  await rm(file);
  return { ...part, bytes: size, sha256: hash.digest('hex') };
}
