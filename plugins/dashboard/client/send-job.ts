// Sends a job with its files, and shows how far that is.
import { outcomeOf } from './outcome.ts';

export interface JobFile {
  /** Its place in the job: `data.file`. */
  name: string;
  file: File;
}

interface Problem {
  detail?: string;
  errors?: { path: string; message: string }[];
}

/** Goes to the page of the job; what is wrong with it, or with the way there, is said above the form. */
export async function sendJob(form: HTMLFormElement, job: string, files: readonly JobFile[]): Promise<void> {
  const base = document.body.dataset.base ?? '';
  const body = new FormData();
  body.append('job', job);
  for (const { name, file } of files) body.append(name, file, file.name);
  const bar = barIn(form);
  const answer = await send(`${base}/api/jobs`, body, (share) => {
    bar.value = share;
  }).catch(() => undefined);
  bar.parentElement?.remove();
  const { id, detail, errors } = read(answer?.text);
  if (answer?.status === 201 && id) location.assign(`${base}/job/${encodeURIComponent(id)}?said=add`);
  else tellWrong(form, { detail: detail ?? outcomeOf(answer?.status), errors: errors ?? [] });
}

/** A proxy answers in its own way. */
function read(text = ''): { id?: string } & Problem {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** `fetch` does not tell how much has been sent. */
function send(
  address: string,
  body: FormData,
  told: (share: number) => void,
): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open('POST', address);
    request.upload.addEventListener('progress', ({ loaded, total }) => told(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => done({ status: request.status, text: request.responseText }));
    request.addEventListener('error', () => fail(new Error('The server cannot be reached.')));
    request.send(body);
  });
}

function barIn(form: HTMLFormElement): HTMLProgressElement {
  const line = document.createElement('p');
  line.className = 'sending';
  line.setAttribute('role', 'status');
  const bar = document.createElement('progress');
  bar.max = 1;
  bar.value = 0;
  line.append(form.dataset.sending ?? '', bar);
  form.append(line);
  return bar;
}

export function tellWrong(form: HTMLFormElement, { detail = '', errors = [] }: Problem): void {
  form.querySelector('.wrong')?.remove();
  const box = document.createElement('div');
  box.className = 'wrong';
  box.setAttribute('role', 'alert');
  const list = document.createElement('ul');
  const texts = errors.length > 0 ? errors.map(({ path, message }) => `${path} ${message}`) : [detail];
  for (const text of texts) list.append(Object.assign(document.createElement('li'), { textContent: text }));
  box.append(list);
  form.prepend(box);
  box.scrollIntoView({ block: 'center' });
}
