// A job sent as a form: one part `job`, and files. The name of a file's part says where in the job's data it goes. Nothing of a file is
// kept in memory.
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import {
  type Job,
  JobsError,
  type NewJob,
  type PluginClock,
  type ReceivedFile,
  type RouteContext,
  type Uploads,
} from '@phraseworks/sdk';
import { NewJobFields } from '@phraseworks/sdk/contract';
import { parseJson } from './body.ts';
import { checked } from './route.ts';

/** Bytes of the part `job`, and of everything around the files. */
const MAX_JOB = 256 * 1024;

interface FormDeps {
  /** Undefined while no plugin provides it. */
  uploads: Uploads | undefined;
  clock: PluginClock;
  /** Who sends it. */
  by: string | undefined;
}

/** `uploads`: the files of the form. */
type Add = (job: NewJob, uploads: readonly string[]) => Promise<Job>;

/**
 * Adds the job of a form with `add`. If anything fails or the client disconnects, neither file nor row remains.
 * Throws `INVALID_DATA`, `PAYLOAD_TOO_LARGE`, and what `add` throws.
 */
export async function addFromForm(c: RouteContext, { uploads, clock, by }: FormDeps, add: Add): Promise<Job> {
  if (!uploads)
    throw new JobsError(
      'UNAVAILABLE',
      'A form may bring files, which needs the plugin "files": enable it, or send the job as JSON.',
    );
  const { files: most, fileBytes } = uploads.limits;
  const form = await uploads.begin();
  const files = new Map<string, ReceivedFile>();
  const seen = new Set<string>();
  let job: Buffer | undefined;
  try {
    const limits = { parts: most + 1, bytes: 2 * MAX_JOB + most * fileBytes };
    await readParts(c, clock, limits, async ({ field, fileName, type, stream }) => {
      if (field !== 'job' && !parsePlace(field))
        throw wrong('(part)', 'must be job, or a path in its data such as data.file or data.files[0]');
      if (seen.has(field)) throw wrong(field, 'may only be sent once');
      seen.add(field);
      if (field === 'job') job = await readSmall(stream);
      else if (fileName === undefined) throw wrong(field, 'must be a file');
      else files.set(field, await form.receive(stream, fileName, type));
    });
    if (!job) throw wrong('job', 'is required');
    // Sorted by place: parts may come in any order, but a list is filled from its start.
    const places = [...files].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }));
    const placed = places.map(([place, file]) => ({ steps: parsePlace(place) ?? [], file }));
    return await form.add(await checked(NewJobFields, parseJson(job)), placed, add, by);
  } finally {
    await form.close();
  }
}

interface Part {
  /** The name of the form's field. */
  field: string;
  /** As the client wrote it; undefined for a field that is not a file. */
  fileName: string | undefined;
  type: string;
  stream: Readable;
}

/**
 * Calls `take` for every part as it arrives; it must read the stream to its end or throw. After the first error, stops reading and fails
 * every open part. Throws `INVALID_DATA`, `PAYLOAD_TOO_LARGE`, or what `take` threw.
 */
async function readParts(
  c: RouteContext,
  clock: PluginClock,
  { parts, bytes }: { parts: number; bytes: number },
  take: (part: Part) => Promise<void>,
): Promise<void> {
  if (Number(c.req.header('content-length') ?? 0) > bytes) throw tooLarge('The body', bytes);
  const stop = new AbortController();
  const taken: Promise<void>[] = [];
  const streams: Readable[] = [];
  const parser = parserFor(c, parts);
  const tooMany = () => stop.abort(new JobsError('PAYLOAD_TOO_LARGE', `A form may have at most ${parts} parts.`));
  parser.on('error', () => stop.abort(broken()));
  parser.on('partsLimit', tooMany).on('filesLimit', tooMany);
  parser.on('file', (field, stream, fileName, _encoding, type) => {
    // An error after the reader has gone must not crash the process.
    stream.on('error', () => undefined);
    if (stop.signal.aborted) {
      stream.destroy(broken());
      return;
    }
    streams.push(stream);
    const part = take({ field: field ?? '', fileName, type, stream });
    part.catch((error: unknown) => stop.abort(error));
    taken.push(part);
  });
  try {
    await pipeline(chunksOf(c.req.raw, bytes, clock, stop.signal), parser, { signal: stop.signal });
    await Promise.all(taken);
  } catch (error) {
    stop.abort(error instanceof JobsError ? error : broken());
    for (const stream of streams) stream.destroy(broken());
    await Promise.allSettled(taken);
    throw stop.signal.reason;
  }
}

/** At most `most` bytes, until `signal` fires. */
async function* chunksOf(
  { body }: Request,
  most: number,
  clock: PluginClock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  // Later: to cancel the body of a request from inside this process while it closes itself throws where nothing catches it.
  const stop = () => clock.rest().then(() => reader?.cancel());
  signal.addEventListener('abort', () => void stop().catch(() => undefined), { once: true });
  let bytes = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return;
    bytes += value.byteLength;
    if (bytes > most) throw tooLarge('The body', most);
    yield value;
  }
}

async function readSmall(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > MAX_JOB) throw tooLarge('The part job', MAX_JOB);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parserFor(c: RouteContext, parts: number): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': c.req.header('content-type') ?? '' },
      isPartAFile: () => true,
      limits: { parts, files: parts, headerPairs: 20, headerSize: 8_192 },
    });
  } catch {
    throw broken();
  }
}

const broken = (): JobsError =>
  new JobsError('INVALID_DATA', 'Invalid request body.', {
    errors: [{ path: 'body', message: 'must be complete multipart/form-data with a boundary' }],
  });

const tooLarge = (what: string, bytes: number): JobsError =>
  new JobsError('PAYLOAD_TOO_LARGE', `${what} is too large: at most ${bytes} bytes.`);

const wrong = (path: string, message: string): JobsError =>
  new JobsError('INVALID_DATA', 'Invalid form.', { errors: [{ path, message }] });

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

export const isForm = (c: RouteContext): boolean => /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '');
