// Writes one archive: a tar, compressed and optionally encrypted, and flushed to disk at the end.
import { once } from 'node:events';
import { createWriteStream, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { encrypt, encryptTo } from './age.ts';
import { Meter } from './archive-source.ts';

export interface ArchiveOptions {
  /** Must not exist yet. */
  path: string;
  passphrase: string | undefined;
  /** Public keys, which go before a passphrase. */
  recipients?: readonly string[];
  /** Of gzip, 1 to 9. */
  level: number;
  signal: AbortSignal;
}

export interface EntryHeader {
  name: string;
  /** Bytes. */
  size: number;
  mtime?: Stats['mtime'];
}

export interface ArchiveWriter {
  /** `source` must yield exactly `header.size` bytes. */
  add(header: EntryHeader, source: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<void>;
  folder(name: string, mtime: Stats['mtime'] | undefined): Promise<void>;
  json(name: string, value: unknown): Promise<void>;
  /** Resolves when every byte is on the disk. */
  finish(): Promise<{ bytes: number; sha256: string; fileKey: Uint8Array | undefined }>;
  /** Stops, leaving a partial file. */
  abandon(): Promise<void>;
}

/** Only its owner may read what a database holds. */
const MODE = 0o600;

/** Seconds that fit into the header itself: tar-stream counts them in 32 bits. */
const LAST_SECOND = 2_147_483_647;

/** Any other time goes into a pax header, which every tar reads. */
function timeOf(mtime: Stats['mtime'] | undefined): { mtime?: Stats['mtime']; pax?: Record<string, string> } {
  const second = Math.floor((mtime?.getTime() ?? Number.NaN) / 1_000);
  if (mtime === undefined || Number.isNaN(second)) return {};
  return second >= 0 && second <= LAST_SECOND ? { mtime } : { pax: { mtime: String(second) } };
}

export async function writeArchive(options: ArchiveOptions): Promise<ArchiveWriter> {
  const { path, passphrase, recipients = [], level, signal } = options;
  const { pack } = await import('tar-stream');
  const tar = pack();
  const meter = new Meter();
  const file = createWriteStream(path, { flags: 'wx', mode: MODE });
  const gzip = createGzip({ level });
  let fileKey: Uint8Array | undefined;
  const keep = (key: Uint8Array): void => {
    fileKey = key;
  };
  const encryption = recipients.length > 0 ? encryptTo(recipients, keep) : passphrase && encrypt(passphrase);
  const flow = encryption
    ? pipeline(gzip, encryption, meter, file, { signal })
    : pipeline(gzip, meter, file, { signal });
  // Every wait for tar, gzip or the disk also ends with this signal, because a broken stream may never call back.
  const ended = new AbortController();
  flow.then(
    () => ended.abort(new Error('The archive was closed before all of it was written.')),
    (error: unknown) => ended.abort(signal.aborted ? signal.reason : error),
  );
  ended.signal.addEventListener('abort', () => tar.destroy(), { once: true });
  tar.on('error', (error) => gzip.destroy(error));
  tar.pipe(gzip);

  /** Resolves when `start` calls back. An error aborts the archive and rejects with the reason. */
  const untilDone = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const stop = () => reject(ended.signal.reason);
      if (ended.signal.aborted) return stop();
      ended.signal.addEventListener('abort', stop, { once: true });
      start((error) => {
        if (error) return void gzip.destroy(error);
        ended.signal.removeEventListener('abort', stop);
        resolve();
      });
    });

  const add: ArchiveWriter['add'] = ({ name, size, mtime }, chunks) =>
    untilDone((done) => {
      const entry = tar.entry({ mode: MODE, name, size, ...timeOf(mtime) }, done);
      entry.on('error', () => {});
      const feed = async () => {
        for await (const chunk of chunks) if (!entry.write(chunk)) await once(entry, 'drain', { signal: ended.signal });
        entry.end(null);
      };
      feed().catch(done);
    });

  return {
    add,
    folder: (name, mtime) =>
      untilDone((done) => void tar.entry({ name, type: 'directory', mode: 0o700, ...timeOf(mtime) }, done)),
    json(name, value) {
      const bytes = Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
      return add({ name, size: bytes.length }, [bytes]);
    },
    async finish() {
      tar.finalize();
      await flow.catch(() => {
        throw ended.signal.reason;
      });
      const handle = await open(path, 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      return { bytes: meter.bytes, sha256: meter.sha256(), fileKey };
    },
    async abandon() {
      tar.destroy();
      gzip.destroy();
      await flow.catch(() => {});
    },
  };
}
