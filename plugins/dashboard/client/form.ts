// Forms made from a schema: adds rows and switches shapes without leaving the page, and uploads files with their job.

import { ClientError, createClient, type NewClientJob } from '@phraseworks/sdk/client';
import { movedPlace } from '../src/form/moved.ts';
import { pageIn } from './renew.ts';
import { notDone, outcomeOf } from './send.ts';

/** Opens the page of the new job, or shows the errors. */
async function sendJob(form: HTMLFormElement, job: NewClientJob): Promise<void> {
  const base = document.body.dataset.base ?? '';
  const bar = barIn(form);
  try {
    const { id } = await createClient({ base }).addJob(job, {
      onUpload: ({ percentage }) => {
        bar.value = percentage;
      },
    });
    delete form.dataset.dirty;
    location.assign(`${base}/job/${encodeURIComponent(id)}?notice=job.add`);
  } catch (error) {
    bar.parentElement?.remove();
    if (error instanceof ClientError) await showRefusal(form, error);
    else showError(form, outcomeOf(0));
  }
}

/** The server puts errors at their fields. */
async function showRefusal(form: HTMLFormElement, error: ClientError): Promise<void> {
  const { code, status, message, errors, cause } = error;
  // Something other than the server has answered, such as a proxy.
  const isOther = status === 0 || cause !== undefined;
  const isAway = status === 0 && code === 'UNAVAILABLE';
  if (errors.length === 0) return showError(form, isOther ? outcomeOf(isAway ? undefined : status) : message);
  try {
    const typed = typedIn(form);
    replace(form, await (await post(form, 'job', JSON.stringify(errors))).text(), 'job', typed);
    document.querySelector('.wrong')?.scrollIntoView();
  } catch {
    showError(form, errors.map(({ path, message }) => `${path} ${message}`).join('; '));
  }
}

function barIn(form: HTMLFormElement): HTMLProgressElement {
  const line = document.createElement('p');
  line.className = 'sending';
  line.setAttribute('role', 'status');
  const bar = document.createElement('progress');
  bar.max = 100;
  bar.value = 0;
  line.append(form.dataset.sending ?? '', bar);
  form.append(line);
  return bar;
}

function showError(form: HTMLFormElement, text: string): void {
  form.querySelector('.wrong')?.remove();
  const box = Object.assign(document.createElement('p'), { className: 'wrong', textContent: text });
  box.setAttribute('role', 'alert');
  form.prepend(box);
  box.scrollIntoView({ block: 'center' });
}

/** The button only changes the shape of the form. */
const reshapes = (step: string): boolean => step === 'show' || /^(?:add|remove|raise) data/.test(step);

/** Puts a file at its place in the job; in a list at the end, since rows without a file are skipped. */
export function putFile(job: object, place: string, file: File): void {
  const keys = place.split('/').map(plain);
  let inside = job as Record<string, unknown>;
  for (const [i, key] of keys.slice(0, -1).entries()) {
    inside[key] ??= /^\d+$/.test(keys[i + 1] ?? '') ? [] : {};
    inside = inside[key] as Record<string, unknown>;
  }
  if (Array.isArray(inside)) inside.push(file);
  else inside[keys.at(-1) ?? ''] = file;
}

const plain = (key: string): string => key.replaceAll('~2', '?').replaceAll('~1', '/').replaceAll('~0', '~');

const FORM = 'form[data-schema-form]';

/** A request is in flight. A button pressed meanwhile follows it, except after an upload. */
let working: 'shape' | 'files' | undefined;
let next: string | undefined;

export function attachForm(): void {
  document.addEventListener('input', ({ target }) => {
    const form = target instanceof Element ? target.closest<HTMLFormElement>('form[data-unsaved]') : null;
    if (form) form.dataset.dirty = '';
  });
  window.addEventListener('beforeunload', (event) => {
    if (document.querySelector('form[data-dirty]')) event.preventDefault();
  });
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLSelectElement) || !target.matches(`${FORM} select[data-shape]`)) return;
    target.parentElement?.querySelector('button')?.click();
  });
  document.addEventListener(
    'submit',
    (event) => {
      const { target: form, submitter } = event;
      if (!(form instanceof HTMLFormElement) || !form.matches(FORM) || !(submitter instanceof HTMLButtonElement))
        return;
      if (working) {
        event.preventDefault();
        if (working === 'shape') next = submitter.value;
        return;
      }
      const withFiles = submitter.value === 'add' && chosenIn(form).length > 0;
      if (!withFiles && !reshapes(submitter.value)) {
        delete form.dataset.dirty;
        return;
      }
      event.preventDefault();
      working = withFiles ? 'files' : 'shape';
      const done = withFiles ? addWithFiles(form) : reshape(form, submitter.value);
      done.then(goOn, () => {
        working = undefined;
        // Submitting the plain form would add the job without its files.
        if (withFiles) return;
        // Sent as any other form, whose failure is shown.
        form.removeAttribute('data-schema-form');
        form.requestSubmit(submitter);
      });
    },
    // Before the listener of every form.
    { capture: true },
  );
}

function goOn(): void {
  working = undefined;
  const pressed = next;
  next = undefined;
  if (pressed !== undefined) {
    document.querySelector<HTMLElement>(`${FORM} button[value="${CSS.escape(pressed)}"]`)?.click();
  }
}

const chosenIn = (form: HTMLFormElement): HTMLInputElement[] =>
  [...form.querySelectorAll<HTMLInputElement>('input[data-file]')].filter(({ files }) => (files?.length ?? 0) > 0);

function typedIn(form: HTMLFormElement): URLSearchParams {
  const typed = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') typed.append(name, value);
  return typed;
}

function post(form: HTMLFormElement, step: string, errors?: string): Promise<Response> {
  const body = typedIn(form);
  body.set('do', step);
  if (errors !== undefined) body.set('errors', errors);
  return fetch(form.action, { method: 'POST', body });
}

async function reshape(form: HTMLFormElement, step: string): Promise<void> {
  const focused = document.activeElement?.id;
  const sent = typedIn(form);
  replace(form, await (await post(form, step)).text(), step, sent);
  focusAfter(step, focused);
}

/** Keeps selected files, open groups, and text typed since the request. Throws if the answer contains no form. */
function replace(form: HTMLFormElement, text: string, step: string, sent: URLSearchParams): void {
  const next = pageIn(text).getElementById(form.id);
  if (!next) throw new Error('The answer contains no form.');
  for (const [name, value] of typedIn(form)) {
    const place = movedPlace(name, step);
    if (place === undefined || name.includes('?') || value === sent.get(name)) continue;
    const field = next.querySelector<HTMLInputElement>(`[name="${CSS.escape(place)}"]`);
    if (field) field.value = value;
  }
  for (const input of chosenIn(form)) {
    const place = movedPlace(input.id, step);
    const empty = place === undefined ? null : next.querySelector(`[id="${CSS.escape(place)}"]`);
    if (!empty || place === undefined) continue;
    input.id = place;
    empty.replaceWith(input);
  }
  for (const box of next.querySelectorAll('details')) {
    const before = document.getElementById(box.id);
    if (before instanceof HTMLDetailsElement && before.open) box.open = true;
  }
  form.replaceWith(next);
}

/** Focuses the new row, or what had the focus before. */
function focusAfter(step: string, focused: string | undefined): void {
  const [kind, place = ''] = step.split(' ');
  const list = kind === 'add' ? place : place.replace(/\/\d+$/, '');
  const rows = document.querySelectorAll(`[data-rows="${CSS.escape(list)}"] > .row`);
  const row = kind === 'add' ? rows[rows.length - 1] : undefined;
  const field = row?.querySelector<HTMLElement>('input:not([type="hidden"]), select, textarea');
  const before = focused ? document.getElementById(focused) : null;
  (field ?? before ?? document.querySelector<HTMLElement>(`[data-rows="${CSS.escape(list)}"] > button`))?.focus();
}

/** Shows errors at the form. */
async function addWithFiles(form: HTMLFormElement): Promise<void> {
  const json = await jobOf(form);
  if (json === undefined) return;
  const job = JSON.parse(json) as NewClientJob;
  for (const { id, files } of chosenIn(form)) if (files?.[0]) putFile(job, id, files[0]);
  await sendJob(form, job);
}

/** The job as JSON, without adding it; undefined if it has errors. */
async function jobOf(form: HTMLFormElement): Promise<string | undefined> {
  const typed = typedIn(form);
  let status: number | undefined;
  try {
    const answer = await post(form, 'job');
    status = answer.status;
    const text = await answer.text();
    if (answer.ok && answer.headers.get('content-type')?.startsWith('application/json')) return text;
    replace(form, text, 'job', typed);
    document.querySelector('.wrong')?.scrollIntoView();
  } catch {
    showError(form, notDone(status));
  }
  return undefined;
}
