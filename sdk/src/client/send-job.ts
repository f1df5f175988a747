// Sends a job: as JSON, or as a form if its data has files, with upload progress if the browser reports it.
import { errorOf, noAnswer } from './client-error.ts';
import { parse, type Requests } from './request.ts';

/** Bytes; `percentage` is a whole number from 0 to 100. */
export interface UploadProgress {
  loaded: number;
  total: number;
  percentage: number;
}

export interface UploadOptions {
  /** Called while bytes are sent; only at the end without `XMLHttpRequest` or with the page's own `fetch`. */
  onUpload?: ((progress: UploadProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** The files in a value with their paths, as the form names them: `data.file`, `data.files[0]`. */
function filesIn(value: unknown, place = 'data'): [string, Blob][] {
  if (typeof value !== 'object' || value === null) return [];
  if (value instanceof Blob) return [[place, value]];
  if (Array.isArray(value)) return value.flatMap((one, i) => filesIn(one, `${place}[${i}]`));
  return Object.entries(value).flatMap(([key, one]) => filesIn(one, `${place}.${key}`));
}

/** The parts of the browser's class that we use. */
interface Xhr {
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  send(body: FormData): void;
  abort(): void;
  getResponseHeader(name: string): string | null;
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: unknown };
  onloadend: unknown;
}

/** Resolves with the response. Throws `ClientError`. */
export async function sendJob(
  requests: Requests,
  job: { data: unknown },
  { onUpload, signal }: UploadOptions = {},
): Promise<unknown> {
  const json = JSON.stringify(job);
  const files = filesIn(job.data);
  const init = { method: 'POST', signal: signal ?? null };
  if (files.length === 0) {
    return requests.json('/api/jobs', { ...init, body: json, headers: { 'Content-Type': 'application/json' } });
  }
  const body = new FormData();
  // A file becomes `{}` in JSON; the server puts its reference there.
  body.append('job', json);
  let total = 0;
  for (const [place, file] of files) {
    body.append(place, file);
    total += file.size;
  }
  const { XMLHttpRequest: Xhr } = globalThis as { XMLHttpRequest?: new () => Xhr };
  // The page's own `fetch` may add something that is needed here too.
  if (onUpload && Xhr && !requests.own) return sendWithProgress(new Xhr(), requests, body, onUpload, signal);
  const answer = await requests.json('/api/jobs', { ...init, body });
  onUpload?.({ loaded: total, total, percentage: 100 });
  return answer;
}

async function sendWithProgress(
  xhr: Xhr,
  requests: Requests,
  body: FormData,
  onUpload: NonNullable<UploadOptions['onUpload']>,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const headers = await requests.headers();
  signal?.throwIfAborted();
  await new Promise((resolve) => {
    xhr.upload.onprogress = ({ loaded, total }: { loaded: number; total: number }): void =>
      onUpload({ loaded, total, percentage: Math.floor((loaded / (total || 1)) * 100) });
    xhr.onloadend = resolve;
    signal?.addEventListener('abort', () => xhr.abort());
    xhr.open('POST', requests.url('/api/jobs'));
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.send(body);
  });
  signal?.throwIfAborted();
  const { status, responseText } = xhr;
  if (status === 0) throw noAnswer();
  if (status >= 400) throw errorOf(status, responseText, xhr.getResponseHeader('retry-after'));
  return parse(responseText);
}
