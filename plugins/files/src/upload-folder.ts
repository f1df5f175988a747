// The files of uploads in the storage: they arrive in a folder of this machine, and get their key once they are complete.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type FileStore, isStorageError, JobsError } from '@phraseworks/sdk';

/** Complete and on disk, but not yet moved to its final place. */
export interface Incoming {
  path: string;
  size: number;
  sha256: string;
}

/** Milliseconds that local copies of files in a bucket are kept beyond the hour. */
const COPY_AGE = 82_800_000;
/** Milliseconds for one file to or from its target. */
const TRANSFER = 600_000;
/** Milliseconds for the removal of many files; what is left goes with a sweep. */
const REMOVAL = 60_000;

/** How the names of copies of files in a bucket begin, and those of marks. */
const [COPY, MARK] = ['copy-', 'placed-'];

export class UploadFolder {
  readonly #files: FileStore;
  readonly #incoming: string;

  constructor(files: FileStore) {
    this.#files = files;
    this.#incoming = join(files.folder, 'incoming');
  }

  /** Writes the stream to the disk, and removes the file on failure. Calls `count` with the bytes of each chunk; it may throw. */
  async write(id: string, stream: Readable, count: (bytes: number) => void): Promise<Incoming> {
    // The sender may disconnect before the stream is read; that must not crash the process.
    stream.on('error', () => undefined);
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 });
    const path = join(this.#incoming, id);
    const hash = createHash('sha256');
    let size = 0;
    async function* measured(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        size += chunk.length;
        count(chunk.length);
        hash.update(chunk);
        yield chunk;
      }
    }
    // Open the file before anything can fail: otherwise it might appear after it was removed.
    const file = await open(path, 'wx', 0o600);
    try {
      await pipeline(stream, measured, file.createWriteStream({ flush: true }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, size, sha256: hash.digest('hex') };
  }

  /** Leaves a mark beside the file, so that a sweep finds it if the process dies before the row of the file is stored. */
  async place({ path, size }: Incoming, id: string): Promise<void> {
    await writeFile(this.#mark(id), '', { mode: 0o600 });
    await available((signal) => this.#files.put(id, { path }, { bytes: size, signal }));
  }

  /** Call it when the row is stored. */
  async unmark(ids: readonly string[]): Promise<void> {
    for (const id of ids) await rm(this.#mark(id), { force: true });
  }

  /** The files that were placed before `before` and still have their marks. */
  async marked(before: number): Promise<string[]> {
    return (await this.#older(before, (name) => name.startsWith(MARK))).map((name) => name.slice(MARK.length));
  }

  /** The path of the file on this machine; null unless it has this size. A copy of a file in a bucket stays for a day. */
  async pathOf(id: string, size: number): Promise<string | null> {
    if (!this.#files.isRemote)
      return (await this.#files.size(id, AbortSignal.timeout(TRANSFER))) === size ? join(this.#files.folder, id) : null;
    const copy = join(this.#incoming, COPY + id);
    if ((await stat(copy).catch(() => null))?.size === size) return copy;
    const stream = await this.#files.get(id, AbortSignal.timeout(TRANSFER));
    if (stream === null) return null;
    const unfinished = await this.write(randomUUID(), stream, () => {});
    await rename(unfinished.path, copy);
    return unfinished.size === size ? copy : null;
  }

  /** Tries each; `error` is the last one. */
  async remove(ids: readonly string[]): Promise<{ gone: string[]; error: unknown }> {
    const signal = AbortSignal.timeout(REMOVAL);
    const gone: string[] = [];
    let last: unknown;
    for (const id of ids) {
      try {
        await this.#files.remove(id, signal);
        await rm(join(this.#incoming, COPY + id), { force: true });
        await rm(this.#mark(id), { force: true });
        gone.push(id);
      } catch (error) {
        last = error;
      }
    }
    return { gone, error: last };
  }

  async discard(incoming: readonly Incoming[]): Promise<void> {
    for (const { path } of incoming) await rm(path, { force: true });
  }

  /** Removes files that a dead process was writing before `before`, and copies that are older than a day; returns how many. */
  async sweep(before: number): Promise<number> {
    const copies = await this.#older(before - COPY_AGE, (name) => name.startsWith(COPY));
    const unfinished = await this.#older(before, (name) => !name.startsWith(COPY) && !name.startsWith(MARK));
    for (const name of [...copies, ...unfinished]) await rm(join(this.#incoming, name), { force: true });
    return copies.length + unfinished.length;
  }

  /** Names in the folder of arrivals that were last written before `before`. */
  async #older(before: number, wanted: (name: string) => boolean): Promise<string[]> {
    const names = await readdir(this.#incoming).catch(() => []);
    const found: string[] = [];
    for (const name of names.filter(wanted)) {
      const facts = await stat(join(this.#incoming, name)).catch(() => null);
      if (facts && facts.mtimeMs < before) found.push(name);
    }
    return found;
  }

  #mark(id: string): string {
    return join(this.#incoming, MARK + id);
  }
}

/** Throws `UNAVAILABLE` while the target of uploads cannot be reached. */
async function available<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(TRANSFER);
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted && !(isStorageError(error) && error.code === 'UNAVAILABLE')) throw error;
    const message = `The files of the job cannot be stored now, try again: ${(error as Error).message} (storage target uploads)`;
    throw new JobsError('UNAVAILABLE', message, { cause: error });
  }
}
