// Files sent with a job: validated and written as they arrive, kept as long as the job, referenced by an id in its data.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import {
  type FileStore,
  isStorageError,
  isUpload,
  type Job,
  JobsError,
  type Logger,
  type NewJob,
  type StoredUpload,
  type UploadReference,
  type Uploads,
} from '@phraseworks/sdk';
import { fieldPath } from '@phraseworks/sdk/host';
import type { Clock, Random } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import { runningJob } from '../queue/attempt.ts';
import type { UploadStore } from '../store/upload-store.ts';
import { tooLarge } from './body.ts';

/** Complete and on disk, but not yet moved to its final place. */
interface Incoming {
  path: string;
  size: number;
  sha256: string;
}

/** A received file; it has no row until `keep`. */
export interface Received extends Incoming {
  name: string;
  type: string;
}

export interface UploadOptions {
  files: FileStore;
  /** Bytes of one file; 20 MB by default. */
  maxBytes?: number;
  /** Bytes of one job's files; 100 MB by default. */
  maxJobBytes?: number;
  /** Bytes of all files; 5 GB by default. */
  maxTotalBytes?: number;
  store: UploadStore;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** Files of one job. */
export const MAX_FILES = 10;
/** Milliseconds after which an upload without a job is removed. */
const ORPHAN_AGE = 3_600_000;
const SWEEP_LIMIT = 500;
/** Milliseconds that local copies of files in a bucket are kept beyond the hour. */
const COPY_AGE = 82_800_000;
/** Milliseconds for one file to or from its target. */
const TRANSFER = 600_000;
/** Milliseconds for the removal of many files; what is left goes with a sweep. */
const REMOVAL = 60_000;
const DEFAULT_MAX_BYTES = 20 * 1024 * 1024;
const DEFAULT_MAX_JOB_BYTES = 100 * 1024 * 1024;
const DEFAULT_MAX_TOTAL_BYTES = 5 * 1024 * 1024 * 1024;
/** Milliseconds for which the total of all files counts as current. */
const KNOWN_FOR = 1_000;
/** Format of an upload's id. */
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class UploadFiles implements Uploads {
  readonly maxBytes: number;
  readonly #folder: UploadFolder;
  readonly #store: UploadStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  #swept = '';
  readonly #maxJobBytes: number;
  readonly #maxTotalBytes: number;
  /** Bytes of the files that have rows, at the last count. */
  #stored = { bytes: 0, at: Number.NEGATIVE_INFINITY };
  /** Bytes received that have no rows yet. */
  #coming = 0;

  constructor({ files, maxBytes = DEFAULT_MAX_BYTES, store, clock, random, log, ...limits }: UploadOptions) {
    this.maxBytes = maxBytes;
    this.#maxJobBytes = limits.maxJobBytes ?? DEFAULT_MAX_JOB_BYTES;
    this.#maxTotalBytes = limits.maxTotalBytes ?? DEFAULT_MAX_TOTAL_BYTES;
    this.#folder = new UploadFolder(files);
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
  }

  async open(reference: UploadReference | string): Promise<StoredUpload> {
    const id = isUpload(reference) ? reference.upload : reference;
    const row = typeof id === 'string' && UPLOAD_ID.test(id) ? await this.#store.find(id) : undefined;
    const running = runningJob.getStore()?.id;
    if (row && running !== undefined && row.job_id !== null && row.job_id !== running)
      throw new JobsError(
        'NOT_FOUND',
        'The uploaded file belongs to another job: a job can only use files that were sent with it.',
      );
    const path = row ? await this.#folder.pathOf(row.id, row.size) : null;
    if (!row || path === null) {
      throw new JobsError('NOT_FOUND', 'Uploaded file not found: it was removed with its job, or never uploaded.');
    }
    const { name, type, size, sha256 } = row;
    return { upload: row.id, name, type, size, sha256, path };
  }

  /** Reads how much is stored, before the files of a form arrive; returns the counter of their bytes. */
  async begin(): Promise<{ bytes: number }> {
    const now = this.#clock.now();
    if (Math.abs(now - this.#stored.at) >= KNOWN_FOR) this.#stored = { bytes: await this.#store.totalBytes(), at: now };
    return { bytes: 0 };
  }

  /** Writes a file to the disk as it arrives; `form` counts the bytes of its job. Throws `PAYLOAD_TOO_LARGE`, and then nothing of it remains. */
  async receive(
    stream: Readable,
    name: string | undefined,
    type: string | undefined,
    form = { bytes: 0 },
  ): Promise<Received> {
    let size = 0;
    const count = (bytes: number): void => {
      size += bytes;
      form.bytes += bytes;
      this.#coming += bytes;
      if (size > this.maxBytes) throw tooLarge('A file', this.maxBytes);
      if (form.bytes > this.#maxJobBytes)
        throw tooLarge('The total of all files of a job (uploads.maxJobBytes)', this.#maxJobBytes);
      if (this.#stored.bytes + this.#coming > this.#maxTotalBytes) throw allFull(this.#maxTotalBytes);
    };
    try {
      const incoming = await this.#folder.write(this.#newId(), stream, count);
      return { ...incoming, name: safeName(name), type: safeType(type) };
    } catch (error) {
      this.#coming -= size;
      throw error;
    }
  }

  /**
   * Gives received files ids and rows, but no job yet. With a `key` the same file gets the same id again, so that a repeated
   * request means the same job; `fresh`: the row did not exist before.
   */
  async keep(
    files: readonly Received[],
    key: string | undefined,
  ): Promise<{ reference: UploadReference; fresh: boolean }[]> {
    const kept: { reference: UploadReference; fresh: boolean }[] = [];
    try {
      for (const [place, file] of files.entries()) {
        const { name, type, size, sha256 } = file;
        const id = key === undefined ? this.#newId() : idFrom([key, String(place), sha256]);
        const row = { id, job_id: null, name, type, size, sha256, created_at: this.#clock.now() };
        const fresh = await this.#store.insert(row);
        kept.push({ reference: { upload: id, name, type, size }, fresh });
        if (fresh) this.#stored.bytes += size;
        // The request before may have failed, or died, between its row and its file.
        else if (await this.#folder.has(id, size)) continue;
        await this.#folder.place(file, id);
      }
    } catch (error) {
      await this.forget(kept.filter(({ fresh }) => fresh).map(({ reference }) => reference.upload));
      throw error;
    }
    return kept;
  }

  /**
   * Adds a job with received files at places in its data. If that fails, neither file nor row remains, except for what a
   * job of a repeated request uses, or what cannot be removed now. Throws what `add` throws.
   */
  async addWith(
    job: NewJob,
    files: readonly { steps: readonly Step[]; file: Received }[],
    add: (job: NewJob, uploads: readonly string[]) => Promise<Job>,
  ): Promise<Job> {
    const kept = await this.keep(
      files.map(({ file }) => file),
      job.idempotencyKey,
    );
    const ids = kept.map(({ reference }) => reference.upload);
    let added: Job;
    try {
      for (const [i, { steps }] of files.entries()) {
        if (putAt(job, ['data', ...steps], kept[i]?.reference)) continue;
        const path = fieldPath('data', steps);
        throw new JobsError('INVALID_DATA', `${path} is already set or does not exist`, {
          errors: [{ path, message: 'is already set or does not exist' }],
        });
      }
      added = await add(job, ids);
    } catch (error) {
      await this.forget(ids.filter((_id, i) => kept[i]?.fresh));
      throw error;
    }
    // The job is stored, so a failure here must not make the caller add it again; the sweep of orphans finds the files.
    await this.#store
      .bind(ids, added.id)
      .catch((error) => this.#log.error('Cannot link an upload to its job:', messageOf(error)));
    return added;
  }

  /** Stores the files in the data of a job that this process adds. Throws `PAYLOAD_TOO_LARGE`, and what `add` throws. */
  async addFromMemory(job: NewJob, add: (job: NewJob) => Promise<Job>): Promise<Job> {
    const { data, files } = takeFiles(job.data);
    if (files.length > MAX_FILES)
      throw new JobsError('PAYLOAD_TOO_LARGE', `A job takes at most ${MAX_FILES} files; this one has ${files.length}.`);
    const form = await this.begin();
    const received: { steps: readonly Step[]; file: Received }[] = [];
    try {
      for (const { steps, blob } of files) {
        const name = blob instanceof File ? blob.name : undefined;
        const bytes = Readable.fromWeb(blob.stream() as ReadableStream);
        received.push({ steps, file: await this.receive(bytes, name, blob.type, form) });
      }
      return await this.addWith({ ...job, data }, received, add);
    } finally {
      await this.discard(received.map(({ file }) => file));
    }
  }

  /**
   * Removes the files of a request that did not become a job, unless the job of a repeated request uses them.
   * Never throws: the caller has an error of its own, and the sweep of orphans finds what stays.
   */
  async forget(ids: readonly string[]): Promise<void> {
    try {
      const free: string[] = [];
      for (const id of ids) {
        const row = await this.#store.find(id);
        if (row?.job_id === null && (await this.#store.jobWith(row)) === undefined) free.push(id);
      }
      await this.#remove(free);
    } catch (error) {
      this.#log.error('Cannot remove uploaded files, will try again:', messageOf(error));
    }
  }

  /** Returns how many are gone. The others keep their rows, so that a sweep finds them again. */
  async #remove(ids: readonly string[]): Promise<number> {
    const { gone, error } = await this.#folder.remove(ids);
    await this.#store.remove(gone);
    if (gone.length < ids.length) {
      const failed = `${ids.length - gone.length} of ${ids.length}`;
      this.#log.error('Cannot remove uploaded files, will try again:', `${failed} stay, ${messageOf(error)}`);
    }
    return gone.length;
  }

  /** Removes the files of a finished form that were not kept. */
  discard(files: readonly Received[]): Promise<void> {
    for (const { size } of files) this.#coming -= size;
    return this.#folder.discard(files);
  }

  async removeForJobs(jobIds: readonly string[]): Promise<void> {
    await this.#remove(await this.#store.ofJobs(jobIds));
  }

  /** One bounded pass over orphans: uploads without a job after an hour, or whose job is gone. Returns how many it removed. */
  async sweepOrphans(now: number): Promise<number> {
    const before = now - ORPHAN_AGE;
    const gone: string[] = [];
    for (const row of await this.#store.unbound(before, SWEEP_LIMIT)) {
      const job = await this.#store.jobWith(row);
      if (job === undefined) gone.push(row.id);
      else await this.#store.bind([row.id], job);
    }
    const next = await this.#store.bound(this.#swept, SWEEP_LIMIT);
    this.#swept = next.length < SWEEP_LIMIT ? '' : (next.at(-1)?.id ?? '');
    gone.push(...next.filter(({ there }) => !there).map(({ id }) => id));
    return (await this.#remove(gone)) + (await this.#folder.sweep(before, SWEEP_LIMIT));
  }

  #newId(): string {
    const bytes = new Uint8Array(16);
    this.#random.bytes(bytes);
    return uuid(bytes, 0x40);
  }
}

const allFull = (bytes: number): JobsError =>
  new JobsError(
    'PAYLOAD_TOO_LARGE',
    `The limit of ${bytes} bytes for all uploaded files is reached (uploads.maxTotalBytes). Delete finished jobs, which removes their files, or raise the limit.`,
    { retryAfter: 60 },
  );

/** A UUID (version 8) derived from `parts`. */
function idFrom(parts: readonly string[]): string {
  return uuid(createHash('sha256').update(JSON.stringify(parts)).digest(), 0x80);
}

function uuid(bytes: Uint8Array, version: number): string {
  const own = Buffer.from(bytes.subarray(0, 16));
  own[6] = ((own[6] ?? 0) & 0x0f) | version;
  own[8] = ((own[8] ?? 0) & 0x3f) | 0x80;
  const hex = own.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The files of uploads in the storage. They arrive in a folder of this machine, and get their key once they are complete. */
class UploadFolder {
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

  async place({ path, size }: Incoming, id: string): Promise<void> {
    await available((signal) => this.#files.put(id, { path }, { bytes: size, signal }));
  }

  async has(id: string, size: number): Promise<boolean> {
    return (await available((signal) => this.#files.size(id, signal))) === size;
  }

  /** The path of the file on this machine; null unless it has this size. A copy of a file in a bucket stays for a day. */
  async pathOf(id: string, size: number): Promise<string | null> {
    if (!this.#files.isRemote)
      return (await this.#files.size(id, AbortSignal.timeout(TRANSFER))) === size ? join(this.#files.folder, id) : null;
    const copy = join(this.#incoming, `copy-${id}`);
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
        await rm(join(this.#incoming, `copy-${id}`), { force: true });
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
  async sweep(before: number, limit: number): Promise<number> {
    let removed = 0;
    for (const name of (await readdir(this.#incoming).catch(() => [])).slice(0, limit)) {
      const path = join(this.#incoming, name);
      const written = await stat(path).then(
        (facts) => facts.mtimeMs,
        () => before,
      );
      if (written >= before - (name.startsWith('copy-') ? COPY_AGE : 0)) continue;
      await rm(path, { force: true });
      removed += 1;
    }
    return removed;
  }
}

/** Throws `UNAVAILABLE` while the target of uploads cannot be reached. */
async function available<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(TRANSFER);
  try {
    return await work(signal);
  } catch (error) {
    if (!signal.aborted && !(isStorageError(error) && error.code === 'UNAVAILABLE')) throw error;
    const message = `The files of the job cannot be stored now, try again: ${messageOf(error)} (storage target uploads)`;
    throw new JobsError('UNAVAILABLE', message, { cause: error });
  }
}

const LONGEST = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: this removes control characters
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff<>:"/\\|?*]/g;
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/** The last part of the name, without characters that could harm a path, a terminal or a reader; `file` if nothing remains. */
export function safeName(name: string | undefined): string {
  const last = (name ?? '').normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last.replace(UNWANTED, '').replace(/^[. ]+|[. ]+$/g, '');
  const points = [...clean];
  return points.length <= LONGEST
    ? clean || 'file'
    : points
        .slice(-LONGEST)
        .join('')
        .replace(/^[. ]+/, '');
}

/** The media type in lower case; `application/octet-stream` for anything that does not look like one. */
export function safeType(type: string | undefined): string {
  const lower = (type ?? '').toLowerCase();
  return MEDIA_TYPE.test(lower) ? lower : 'application/octet-stream';
}

/** A key or an index on the way to a place in the data. */
export type Step = string | number;

/** Is the place empty, or does it hold `{}`, which is what a file becomes in JSON? */
const isFree = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);

/**
 * Puts `value` at `steps` below `root`, and creates the objects and lists on the way.
 * False if the place is taken, if a step does not fit what exists, or if a list would get a gap.
 */
function putAt(root: object, steps: readonly Step[], value: unknown): boolean {
  let holder = root as Record<Step, unknown>;
  for (const [i, step] of steps.entries()) {
    if (Array.isArray(holder) ? !(typeof step === 'number' && step <= holder.length) : typeof step === 'number')
      return false;
    const next = steps[i + 1];
    const present = Object.hasOwn(holder, step) ? holder[step] : undefined;
    if (next === undefined) {
      if (!isFree(present)) return false;
      holder[step] = value;
      return true;
    }
    if (present === undefined || present === null) holder[step] = typeof next === 'number' ? [] : {};
    else if (typeof present !== 'object') return false;
    holder = holder[step] as Record<Step, unknown>;
  }
  return false;
}

interface InMemory {
  steps: Step[];
  blob: Blob;
}

const DEEPEST = 20;

/** The files in `data`, and a copy without them; `data` itself if it has no files. */
function takeFiles(data: unknown): { data: unknown; files: InMemory[] } {
  const files: InMemory[] = [];
  const copy = (value: unknown, steps: Step[]): unknown => {
    if (value instanceof Blob) {
      files.push({ steps, blob: value });
      return null;
    }
    if (typeof value !== 'object' || value === null || steps.length >= DEEPEST) return value;
    if (Array.isArray(value)) return value.map((inner, i) => copy(inner, [...steps, i]));
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner, [...steps, key])]));
  };
  const without = copy(data, []);
  return files.length === 0 ? { data, files } : { data: without, files };
}

/** Does a job bring files? Looked at with every job that is added, so it copies nothing; data that cannot be read is refused later, by name. */
export function hasFiles(data: unknown): boolean {
  try {
    return holdsFile(data, 0);
  } catch {
    return false;
  }
}

function holdsFile(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  if (value instanceof Blob) return true;
  if (Array.isArray(value)) return value.some((inner) => holdsFile(inner, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (holdsFile((value as Record<string, unknown>)[key], depth + 1)) return true;
  return false;
}
