// Archives made by hand, right and wrong ones, for tests of the reader.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { fileSource, type Measured } from '../src/archive-source.ts';
import { archiveName } from '../src/names.ts';

export interface HandMade {
  name: string;
  body?: string | Buffer;
  type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo';
  linkname?: string;
  /** Further fields of its header. */
  pax?: Record<string, string>;
}

const ID = '0123456789';
export const HEAD = {
  ...{ format: 1, product: 'phraseworks-jobs', version: '0.1.0', id: ID, type: 'full' },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', at: 1_767_225_600_000 },
};

export const json = (name: string, value: unknown): HandMade => ({ name, body: JSON.stringify(value) });

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

/** Of one folder `site` with these files. */
export function filesPart(files: Record<string, string>): object {
  const lines = Object.entries(files).map(([path, body]) => `${path}\0${body.length}\0${sha256(body)}\n`);
  const bytes = Object.values(files).reduce((sum, body) => sum + body.length, 0);
  const count = lines.length;
  return {
    kind: 'files',
    name: 'site',
    path: 'files/site/',
    files: count,
    bytes,
    sha256: sha256(lines.join('')),
    leftOut: [],
  };
}

/** The bytes of an archive that is right, with these files. */
export const entriesOf = (files: Record<string, string>): HandMade[] => [
  json('backup.json', HEAD),
  { name: 'files/site/', type: 'directory' },
  ...Object.entries(files).map(([path, body]) => ({ name: `files/site/${path}`, body })),
  json('manifest.json', { ...HEAD, parts: [filesPart(files)], missing: [], missingCount: 0 }),
];

export async function archiveBytes(entries: readonly HandMade[]): Promise<Buffer> {
  const tar = pack();
  for (const { body = '', type = 'file', ...header } of entries)
    tar.entry({ type, ...header }, type === 'file' ? body : '');
  tar.finalize();
  return gzipSync(await buffer(tar as unknown as AsyncIterable<Buffer>));
}

/** For `unpack`: an archive of which nothing is known, and all the room there is. */
export const UNKNOWN = { passphrase: undefined, mayBePlain: false, expected: null, room: Number.POSITIVE_INFINITY };

export async function sourceOf(path: string, bytes: Buffer): Promise<Measured> {
  await writeFile(path, bytes);
  return fileSource(path, () => {});
}

interface Dump {
  name: string;
  engine: 'mysql' | 'postgres';
  /** In the archive. */
  path: string;
  body: string | Buffer;
}

/** Puts an archive into a folder that is whole and agrees with its manifest, with this dump. No record knows it. */
export async function putDump(folder: string, { body, ...dump }: Dump): Promise<void> {
  const part = {
    ...dump,
    kind: 'database',
    engineVersion: '11',
    method: 'program',
    bytes: Buffer.byteLength(body),
    sha256: sha256(body),
    tables: [],
    leftOut: [],
  };
  const manifest = json('manifest.json', { ...HEAD, parts: [part], missing: [], missingCount: 0 });
  await mkdir(folder, { recursive: true });
  const bytes = await archiveBytes([json('backup.json', HEAD), { name: dump.path, body }, manifest]);
  await writeFile(join(folder, archiveName(HEAD.id, HEAD.createdAt, false)), bytes);
}
