// Files that come with jobs: checked and written as they arrive, stored with their job, kept as long as it, and referenced by an id in its data.
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import {
  type AdditionJoiner,
  type FileStore,
  isUpload,
  JobsError,
  type JoinedAddition,
  type NewJob,
  type PluginContext,
  type StoredUpload,
  type UploadForm,
  type UploadReference,
  type Uploads,
} from '@phraseworks/sdk';
import type { FilesConfig } from './config.ts';
import { hasFiles, placeOf, putAt, type Step, takeFiles } from './job-files.ts';
import { safeName, safeType } from './names.ts';
import { UploadRows } from './rows.ts';
import type { FilesDatabase, tables, UploadRow } from './tables.ts';
import { type Incoming, UploadFolder } from './upload-folder.ts';

/** A received file; it has no row and no place until its job is added. */
interface Received extends Incoming {
  name: string;
  type: string;
}

interface Placed {
  id: string;
  file: Received;
}

/** Files of one job. */
const MAX_FILES = 10;
/** Milliseconds after which a file without a job is removed. */
const ORPHAN_AGE = 3_600_000;
const SWEEP_ROWS = 500;
/** Milliseconds for which the total of all files counts as current. */
const KNOWN_FOR = 1_000;
/** Format of an upload's id. */
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Context = Pick<
  PluginContext<unknown, Record<never, never>, typeof tables>,
  'db' | 'clock' | 'log' | 'runningJob' | 'getJobStatus'
>;

export class UploadFiles implements Uploads, AdditionJoiner {
  readonly limits: Uploads['limits'];
  readonly #config: FilesConfig['uploads'];
  readonly #folder: UploadFolder;
  readonly #rows: UploadRows;
  readonly #ctx: Context;
  #swept = '';
  /** Bytes of the files that have rows, at the last count. */
  #stored = { bytes: 0, at: Number.NEGATIVE_INFINITY };
  /** Bytes received that have no rows yet. */
  #coming = 0;
  /** The files of forms, by the data of the job that is being added. */
  readonly #arrived = new WeakMap<object, readonly Placed[]>();

  constructor(files: FileStore, config: FilesConfig['uploads'], ctx: Context) {
    this.limits = { files: MAX_FILES, fileBytes: config.maxBytes };
    this.#config = config;
    this.#folder = new UploadFolder(files);
    this.#rows = new UploadRows(ctx.db);
    this.#ctx = ctx;
  }

  async open(reference: UploadReference | string): Promise<StoredUpload> {
    const id = isUpload(reference) ? reference.upload : reference;
    const row = typeof id === 'string' && UPLOAD_ID.test(id) ? await this.#rows.find(id) : undefined;
    const running = this.#ctx.runningJob();
    if (row && running !== null && row.job_id !== running)
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

  /** Reads how much is stored before the files arrive. */
  async begin(): Promise<UploadForm> {
    const now = this.#ctx.clock.now();
    if (Math.abs(now - this.#stored.at) >= KNOWN_FOR) this.#stored = { bytes: await this.#rows.totalBytes(), at: now };
    const received: Received[] = [];
    let total = 0;
    return {
      receive: async (stream, name, type) => {
        const file = await this.#receive(stream, name, type, (bytes) => {
          total += bytes;
          return total;
        });
        received.push(file);
        return file;
      },
      add: async (job, files, add, by) => {
        const placed = refer(job, files as readonly { steps: readonly Step[]; file: Received }[], by);
        if (placed.length > 0) this.#arrived.set(job.data as object, placed);
        return add(
          job,
          placed.map(({ id }) => id),
        );
      },
      close: () => {
        for (const { size } of received) this.#coming -= size;
        return this.#folder.discard(received);
      },
    };
  }

  /** `add` adds to the bytes of the job, and returns their sum. */
  async #receive(
    stream: Readable,
    name: string | undefined,
    type: string | undefined,
    add: (bytes: number) => number,
  ): Promise<Received> {
    const { maxBytes, maxJobBytes, maxTotalBytes } = this.#config;
    let size = 0;
    const count = (bytes: number): void => {
      size += bytes;
      this.#coming += bytes;
      const ofJob = add(bytes);
      if (size > maxBytes) throw tooLarge('A file', maxBytes);
      if (ofJob > maxJobBytes) throw tooLarge('The total of all files of a job (uploads.maxJobBytes)', maxJobBytes);
      if (this.#stored.bytes + this.#coming > maxTotalBytes) throw allFull(maxTotalBytes);
    };
    try {
      const incoming = await this.#folder.write(randomUUID(), stream, count);
      return { ...incoming, name: safeName(name), type: safeType(type) };
    } catch (error) {
      this.#coming -= size;
      throw error;
    }
  }

  wants(job: NewJob): boolean {
    try {
      return hasFiles(job.data) || this.#arrived.has(job.data as object);
    } catch {
      // What cannot be read is refused later, by name.
      return false;
    }
  }

  async join(given: NewJob): Promise<JoinedAddition> {
    const arrived = this.#arrived.get(given.data as object);
    if (arrived) return this.#joined(given, arrived);
    const { data, files } = takeFiles(given.data);
    if (files.length > MAX_FILES)
      throw new JobsError('PAYLOAD_TOO_LARGE', `A job takes at most ${MAX_FILES} files; this one has ${files.length}.`);
    const form = await this.begin();
    try {
      const received: { steps: readonly Step[]; file: Received }[] = [];
      for (const { steps, blob } of files) {
        const name = blob instanceof File ? blob.name : undefined;
        const bytes = Readable.fromWeb(blob.stream() as ReadableStream);
        received.push({ steps, file: (await form.receive(bytes, name, blob.type)) as Received });
      }
      const job = { ...given, data };
      return await this.#joined(job, refer(job, received));
    } finally {
      await form.close();
    }
  }

  async #joined(job: NewJob, placed: readonly Placed[]): Promise<JoinedAddition> {
    const ids = placed.map(({ id }) => id);
    const rowOf = (jobId: string, { id, file: { name, type, size, sha256 } }: Placed): UploadRow => {
      return { id, job_id: jobId, name, type, size, sha256, created_at: this.#ctx.clock.now() };
    };
    try {
      for (const { id, file } of placed) await this.#folder.place(file, id);
    } catch (error) {
      await this.#forget(ids);
      throw error;
    }
    return {
      job,
      store: async (db: FilesDatabase, jobId) => {
        await this.#rows.store(
          db,
          placed.map((one) => rowOf(jobId, one)),
        );
        for (const { file } of placed) this.#stored.bytes += file.size;
      },
      ended: (isStored) => (isStored ? this.#folder.unmark(ids) : this.#forget(ids)),
    };
  }

  /**
   * Removes the files of a job that was refused, unless the job of a repeated request uses them.
   * Never throws: the caller has an error of its own, and a sweep finds what stays.
   */
  async #forget(ids: readonly string[]): Promise<void> {
    try {
      const free: string[] = [];
      for (const id of ids) if (!(await this.#rows.find(id))) free.push(id);
      await this.#removeFiles(free);
    } catch (error) {
      this.#ctx.log.error('Cannot remove uploaded files, will try again:', messageOf(error));
    }
  }

  /** Returns those that are gone. The others keep their rows or marks, so that a sweep finds them again. */
  async #removeFiles(ids: readonly string[]): Promise<string[]> {
    const { gone, error } = await this.#folder.remove(ids);
    if (gone.length < ids.length) {
      const failed = `${ids.length - gone.length} of ${ids.length}`;
      this.#ctx.log.error('Cannot remove uploaded files, will try again:', `${failed} stay, ${messageOf(error)}`);
    }
    return gone;
  }

  async removeForJobs(jobIds: readonly string[]): Promise<void> {
    await this.#rows.remove(await this.#removeFiles(await this.#rows.ofJobs(jobIds)));
  }

  /** One bounded pass: files that were placed an hour ago and have no row, files whose job is gone, and what dead processes left. Returns how many it removed. */
  async sweep(): Promise<number> {
    const before = this.#ctx.clock.now() - ORPHAN_AGE;
    const unused: string[] = [];
    for (const id of await this.#folder.marked(before)) {
      if (await this.#rows.find(id)) await this.#folder.unmark([id]);
      else unused.push(id);
    }
    const next = await this.#rows.next(this.#swept, SWEEP_ROWS);
    this.#swept = next.length < SWEEP_ROWS ? '' : (next.at(-1)?.id ?? '');
    const left: string[] = [];
    for (const { id, job_id } of next) if ((await this.#ctx.getJobStatus(job_id)) === null) left.push(id);
    const gone = await this.#removeFiles([...unused, ...left]);
    await this.#rows.remove(gone);
    return gone.length + (await this.#folder.sweep(before));
  }
}

/** Gives files ids, the same for a repeated request of the same user, and puts references to them into the data of the job. Throws `INVALID_DATA` if a place is taken. */
function refer(job: NewJob, files: readonly { steps: readonly Step[]; file: Received }[], by?: string): Placed[] {
  return files.map(({ steps, file }, place) => {
    const { name, type, size, sha256 } = file;
    const { idempotencyKey: key } = job;
    const id =
      key === undefined ? randomUUID() : idFrom([key, String(place), sha256, ...(by === undefined ? [] : [by])]);
    if (putAt(job, ['data', ...steps], { upload: id, name, type, size })) return { id, file };
    const path = placeOf(steps);
    throw new JobsError('INVALID_DATA', `${path} is already set or does not exist`, {
      errors: [{ path, message: 'is already set or does not exist' }],
    });
  });
}

/** A UUID (version 8) derived from `parts`. */
function idFrom(parts: readonly string[]): string {
  const own = createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, 16);
  own[6] = ((own[6] ?? 0) & 0x0f) | 0x80;
  own[8] = ((own[8] ?? 0) & 0x3f) | 0x80;
  const hex = own.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const tooLarge = (what: string, bytes: number): JobsError =>
  new JobsError('PAYLOAD_TOO_LARGE', `${what} is too large: at most ${bytes} bytes.`);

const allFull = (bytes: number): JobsError =>
  new JobsError(
    'PAYLOAD_TOO_LARGE',
    `The limit of ${bytes} bytes for all uploaded files is reached (uploads.maxTotalBytes). Delete finished jobs, which removes their files, or raise the limit.`,
    { retryAfter: 60 },
  );

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
