// The folder of uploaded files: written while they come in, moved to their place when they are whole and on the disk.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Whole, on the disk, and not yet in its place. */
export interface Incoming {
  path: string;
  size: number;
  sha256: string;
}

export class UploadFolder {
  readonly #dir: string;
  readonly #incoming: string;

  constructor(dir: string) {
    this.#dir = resolve(dir);
    this.#incoming = join(this.#dir, 'incoming');
  }

  pathOf(id: string): string {
    return join(this.#dir, id);
  }

  /** Writes the stream to the disk; nothing is left of it when it fails. `count` is called with the bytes of each chunk, and may throw. */
  async write(id: string, stream: Readable, count: (bytes: number) => void): Promise<Incoming> {
    // A sender may go away before anybody reads: that must not end the process.
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
    // Open before anything can fail: else the file might appear after it was removed.
    const file = await open(path, 'wx', 0o600);
    try {
      await pipeline(stream, measured, file.createWriteStream({ flush: true }));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, size, sha256: hash.digest('hex') };
  }

  async place(incoming: Incoming, id: string): Promise<void> {
    await rename(incoming.path, this.pathOf(id));
    await syncFolder(this.#dir);
  }

  /** Bytes, or undefined when there is no such file. */
  async sizeOf(id: string): Promise<number | undefined> {
    try {
      return (await stat(this.pathOf(id))).size;
    } catch {
      return undefined;
    }
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await rm(this.pathOf(id), { force: true });
  }

  async discard(incoming: readonly Incoming[]): Promise<void> {
    for (const { path } of incoming) await rm(path, { force: true });
  }

  /** Takes away what a process that died was writing before `before`; answers how many. */
  async sweep(before: number, limit: number): Promise<number> {
    let removed = 0;
    for (const name of (await readdir(this.#incoming).catch(() => [])).slice(0, limit)) {
      const path = join(this.#incoming, name);
      const written = await stat(path).then(
        (facts) => facts.mtimeMs,
        () => before,
      );
      if (written >= before) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }
}

/** A renamed file is only safe from a loss of power when its folder is written, too; not every system offers that. */
async function syncFolder(dir: string): Promise<void> {
  try {
    const folder = await open(dir, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Windows cannot open a folder.
  }
}
