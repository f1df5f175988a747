// Files of jobs: the processor gets a reference and asks for the path. Code that receives files over the network hands them over here.
import type { Readable } from 'node:stream';
import type { Job, NewJob } from './job.ts';
import { token } from './token.ts';

/** The value in a job's data that refers to the file. */
export interface UploadReference {
  upload: string;
  name: string;
  type: string;
  /** Bytes. */
  size: number;
}

export interface StoredUpload extends UploadReference {
  /** Readable on this machine. */
  path: string;
  sha256: string;
}

/** A file that has arrived whole and belongs to no job yet. */
export interface ReceivedFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

/** The files of one job while they arrive. */
export interface UploadForm {
  /**
   * Reads a file to its end. The name and the type come from a stranger and are made harmless. Throws `PAYLOAD_TOO_LARGE` as soon as a limit
   * is exceeded, or the error of the stream; nothing of the file remains then.
   */
  receive(stream: Readable, name?: string, type?: string): Promise<ReceivedFile>;
  /**
   * Puts references to the files at their places in the data of the job and calls `add`, which must add this job with this data. `uploads` are
   * the ids of the files: a caller may not refer to others. The files are stored with the job or not at all. Throws `INVALID_DATA` if a place
   * is taken, and what `add` throws. `by`: who sends it; the files of a repeated request of the same user with an idempotency key are the same.
   */
  add(
    job: NewJob,
    files: readonly { steps: readonly (string | number)[]; file: ReceivedFile }[],
    add: (job: NewJob, uploads: readonly string[]) => Promise<Job>,
    by?: string,
  ): Promise<Job>;
  /** Removes the files that no job has. Call it at the end, whatever happened. */
  close(): Promise<void>;
}

/** Files of jobs: `needs: { uploads: Uploads }`. The plugin files provides it; the host's `lend(Uploads, ...)` replaces it. */
export interface Uploads {
  /** Throws `NOT_FOUND` if the upload does not exist or was removed, and inside a job if it belongs to another one. */
  open(reference: UploadReference | string): Promise<StoredUpload>;
  /** The most files of one job, and bytes of one file. */
  readonly limits: { readonly files: number; readonly fileBytes: number };
  /** For code that takes a job with files over the network; `addJob()` takes a `File` or `Blob` as it is. */
  begin(): Promise<UploadForm>;
}
export const Uploads = token<Uploads>('files/uploads');

/** Is this the reference that the host stores for an uploaded file? */
export function isUpload(value: unknown): value is UploadReference {
  return typeof value === 'object' && value !== null && typeof (value as { upload?: unknown }).upload === 'string';
}
