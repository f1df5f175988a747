// Sends a job with its files, and shows how far that is.

export interface JobFile {
  /** Its place in the job: `data.file`. */
  name: string;
  file: File;
}

interface Problem {
  detail?: string;
  errors?: { path: string; message: string }[];
}

/** Goes to the page of the job; what is wrong with it is said above the form. Throws when the server cannot be reached. */
export async function sendJob(form: HTMLFormElement, job: string, files: readonly JobFile[]): Promise<void> {
  const base = document.body.dataset.base ?? '';
  const body = new FormData();
  body.append('job', job);
  for (const { name, file } of files) body.append(name, file, file.name);
  const bar = barIn(form);
  const { status, text } = await send(`${base}/api/jobs`, body, (share) => {
    bar.value = share;
  });
  bar.parentElement?.remove();
  const answer = JSON.parse(text) as { id?: string } & Problem;
  if (status === 201 && answer.id) location.assign(`${base}/job/${encodeURIComponent(answer.id)}?said=add`);
  else tellWrong(form, answer);
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

function tellWrong(form: HTMLFormElement, { detail = '', errors = [] }: Problem): void {
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
