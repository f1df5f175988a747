// A job sent as a form: one part `job`, and files. The name of a file's part says where in the job's data it goes.
import type { Readable } from 'node:stream';
import {
  type FieldError,
  type Job,
  type JobReader,
  JobsError,
  type NewJob,
  type ReceivedFile,
  type UploadForm,
  type Uploads,
} from '@phraseworks/sdk';
import type { Context } from 'hono';
import { tooLarge } from './body.ts';
import { type Part, readParts } from './multipart.ts';

/** Bytes of the part `job`. */
const MAX_JOB = 256 * 1024;

interface Form {
  job: Buffer | undefined;
  /** The names of the parts so far. */
  seen: Set<string>;
  /** By place. */
  files: Map<string, ReceivedFile>;
  uploads: UploadForm;
}

interface FormDeps {
  /** Undefined while no plugin provides it. */
  uploads(): Uploads | undefined;
  reader: JobReader;
}

/** `uploads`: the files of the form. */
type Add = (job: NewJob, uploads: readonly string[]) => Promise<Job>;

/**
 * Adds the job of a form with `add`. If anything fails or the client disconnects, neither file nor row remains.
 * Throws `INVALID_DATA`, `PAYLOAD_TOO_LARGE`, and what `add` throws.
 */
export async function addFromForm(c: Context, deps: FormDeps, add: Add): Promise<Job> {
  const uploads = deps.uploads();
  if (!uploads)
    throw new JobsError(
      'UNAVAILABLE',
      'A form may bring files, which needs the plugin "files": enable it, or send the job as JSON.',
    );
  const { files, fileBytes } = uploads.limits;
  const form: Form = { job: undefined, seen: new Set(), files: new Map(), uploads: await uploads.begin() };
  try {
    await readParts(c, { parts: files + 1, total: MAX_JOB + files * fileBytes + MAX_JOB }, (part) => take(part, form));
    return await addReceived(form, deps.reader, add);
  } finally {
    await form.uploads.close();
  }
}

async function take({ field, fileName, type, stream }: Part, form: Form): Promise<void> {
  const isJob = field === 'job';
  if (!isJob && !parsePlace(field))
    throw wrong('(part)', 'must be job, or a path in its data such as data.file or data.files[0]');
  if (form.seen.has(field)) throw wrong(field, 'may only be sent once');
  form.seen.add(field);
  if (isJob) {
    form.job = await readSmall(stream);
    return;
  }
  if (fileName === undefined) throw wrong(field, 'must be a file');
  form.files.set(field, await form.uploads.receive(stream, fileName, type));
}

async function readSmall(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_JOB) throw tooLarge('The part job', MAX_JOB);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function addReceived(form: Form, reader: JobReader, add: Add): Promise<Job> {
  if (!form.job) throw wrong('job', 'is required');
  const job = await reader.read(form.job);
  // Sorted by place: parts may come in any order, but a list is filled from its start.
  const places = [...form.files.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const files = places.map((place) => ({
    steps: parsePlace(place) ?? [],
    file: form.files.get(place) as ReceivedFile,
  }));
  return form.uploads.add(job, files, add);
}

function wrong(path: string, message: string): JobsError {
  const errors: FieldError[] = [{ path, message }];
  return new JobsError('INVALID_DATA', 'Invalid form.', { errors });
}

const PLACE = /^data(?:\.[A-Za-z_$][A-Za-z0-9_$-]{0,63}|\[\d{1,2}\]){1,8}$/;
const REFUSED = new Set(['__proto__', 'constructor', 'prototype']);

/** The steps below `data` to a place such as `data.file` or `data.files[0]`; null for anything else. */
function parsePlace(text: string): (string | number)[] | null {
  if (!PLACE.test(text)) return null;
  const steps = [...text.slice('data'.length).matchAll(/\.([^.[]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    key === undefined ? Number(index) : key,
  );
  return steps.some((step) => typeof step === 'string' && REFUSED.has(step)) ? null : steps;
}

export const isForm = (c: Context): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');
