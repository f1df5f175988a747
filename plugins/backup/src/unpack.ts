// Reads a whole archive and checks every part against its checksum; can also write its databases and files.

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readableBytes } from '@phraseworks/sdk';
import { type Entry, type ReadOptions, readEntries, type Source, textOf } from './archive-reader.ts';
import { BackupFailure, writeFailure } from './failure.ts';
import { FolderSum } from './files-part.ts';
import type { Keys } from './keys.ts';
import {
  type Contents,
  HEAD_ENTRY,
  type Head,
  MANIFEST_ENTRY,
  type Manifest,
  MOST_PARTS,
  type Part,
  readHead,
  readManifest,
} from './manifest.ts';

const LARGEST_HEAD = 65_536;
const LARGEST_MANIFEST = 8 * 1_048_576;

/** Stops archives that are made to exhaust the inodes of a disk. */
const MOST_ENTRIES = 20_000_000;

export interface UnpackOptions extends ReadOptions {
  /** The folder to write databases to, each named like its entry; null: only check them. */
  databases: string | null;
  /** Bytes that may be written. */
  room: number;
  /** Its contents according to the table or an earlier reading; anything larger is refused before it is written. Null: unknown. */
  expected: Contents | null;
  /** Writes a file; without it, files are only checked. */
  write?: ((entry: Entry, content: AsyncIterable<Buffer>) => Promise<void>) | undefined;
}

interface Sum {
  bytes: number;
  sha256: string;
}

const LARGER = 'the archive has more than its manifest or the table says';

const damaged = (message: string) => new BackupFailure('ARCHIVE_DAMAGED', message);

/** The first entry, which describes the archive. Throws as `readEntries` does, and `NEWER_FORMAT`. */
export async function headOf(source: Source, keys: Keys, signal: AbortSignal): Promise<Head> {
  for await (const entry of readEntries(source, { ...keys, signal, mayBePlain: false })) {
    if (entry.name !== HEAD_ENTRY) break;
    return readHead(await textOf(entry, LARGEST_HEAD));
  }
  throw damaged('the archive does not begin with its header');
}

async function drain(content: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of content);
}

class Unpacking {
  readonly #options: UnpackOptions;
  readonly #databases = new Map<string, Sum>();
  readonly #folders = new Map<string, FolderSum>();
  #head: Head | undefined;
  #manifest: Manifest | undefined;
  #entries = 0;
  #left: number;

  constructor(options: UnpackOptions) {
    this.#options = options;
    this.#left = options.room;
  }

  async take(entry: Entry): Promise<void> {
    this.#entries += 1;
    if (this.#entries > MOST_ENTRIES) throw damaged(`the archive has more than ${MOST_ENTRIES} entries`);
    if (this.#manifest) throw damaged('the archive continues after its manifest');
    if (!this.#head && entry.name !== HEAD_ENTRY) throw damaged('the archive does not begin with its header');
    const [kind, part] = entry.name.split('/');
    if (entry.name === HEAD_ENTRY) this.#head = readHead(await textOf(entry, LARGEST_HEAD));
    else if (entry.name === MANIFEST_ENTRY) this.#manifest = readManifest(await textOf(entry, LARGEST_MANIFEST));
    else if (entry.name === `databases/${part}` && entry.type === 'file') await this.#database(entry);
    else if (kind === 'files' && part) await this.#file(entry, `files/${part}/`);
    else throw damaged('the archive has an entry that belongs to no part');
    if (this.#databases.size + this.#folders.size > MOST_PARTS)
      throw damaged(`the archive has more than ${MOST_PARTS} databases and folders`);
  }

  /** Before the first byte of an entry is written. */
  #spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const room = readableBytes(this.#options.room);
    throw new BackupFailure('NO_SPACE', `the archive unpacks to more than the ${room} available here`);
  }

  async #database(entry: Entry): Promise<void> {
    const { databases, expected, signal } = this.#options;
    if (this.#databases.has(entry.name)) throw damaged('the archive has two databases of one name');
    const known = expected?.databases.find(({ name }) => basename(entry.name).startsWith(`${name}.`));
    if (expected && entry.size > (known?.bytes ?? -1)) throw damaged(LARGER);
    const hash = createHash('sha256');
    const content = hashed(entry.content, hash);
    if (databases === null) await drain(content);
    else {
      this.#spend(entry.size);
      const to = createWriteStream(join(databases, basename(entry.name)), { flags: 'wx', mode: 0o600 });
      await pipeline(content, to).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : writeFailure(error);
      });
    }
    this.#databases.set(entry.name, { bytes: entry.size, sha256: hash.digest('hex') });
  }

  async #file(entry: Entry, prefix: string): Promise<void> {
    const { write, expected } = this.#options;
    const sum = this.#folders.get(prefix) ?? new FolderSum();
    this.#folders.set(prefix, sum);
    const known = expected?.folders.find(({ name }) => prefix === `files/${name}/`);
    const files = entry.type === 'file' ? 1 : 0;
    if (expected && !(known && sum.files + files <= known.files && sum.bytes + entry.size <= known.bytes))
      throw damaged(LARGER);
    const hash = createHash('sha256');
    const content = hashed(entry.content, hash);
    if (write) {
      this.#spend(entry.size);
      await write(entry, content);
    } else await drain(content);
    if (entry.type === 'file') sum.add(entry.name.slice(prefix.length), entry.size, hash.digest('hex'));
  }

  /** Returns the manifest if the archive matches it. */
  finish(): Manifest {
    const manifest = this.#manifest;
    if (!manifest || !this.#head) throw damaged('the archive has no manifest: it is incomplete');
    if (manifest.id !== this.#head.id) throw damaged('header and manifest of the archive belong to different backups');
    for (const part of manifest.parts) this.#compare(part);
    if (this.#databases.size + this.#folders.size > 0)
      throw damaged('the archive has parts that are not in its manifest');
    return manifest;
  }

  #compare(part: Part): void {
    const folder = part.kind === 'files' ? (this.#folders.get(part.path) ?? new FolderSum()) : undefined;
    const found = folder ? { bytes: folder.bytes, sha256: folder.sha256() } : this.#databases.get(part.path);
    if (!found || found.bytes !== part.bytes || found.sha256 !== part.sha256)
      throw damaged(`the part ${part.name} of the archive does not match its manifest`);
    this.#databases.delete(part.path);
    this.#folders.delete(part.path);
  }
}

async function* hashed(content: AsyncIterable<Buffer>, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Throws `ARCHIVE_DAMAGED` for anything that is not as the manifest says, and as `readEntries` does. */
export async function unpack(source: Source, options: UnpackOptions): Promise<Manifest> {
  if (options.databases !== null) await mkdir(options.databases, { recursive: true, mode: 0o700 });
  const unpacking = new Unpacking(options);
  for await (const entry of readEntries(source, options)) await unpacking.take(entry);
  return unpacking.finish();
}
