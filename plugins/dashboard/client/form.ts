// Forms made from a schema: warns before a draft is lost, adds rows and switches shapes without leaving the page, and uploads files with their job.

import { ClientError, createClient, type NewClientJob } from '@phraseworks/sdk/client';
import { movedPlace } from '../src/form/moved.ts';
import { fieldsOf, leaveToBrowser, outcomeOf, post, showFailure, take } from './send.ts';

const FORM = 'form[data-schema-form]:not([data-plain])';

/** The button only changes the shape of the form. */
const reshapes = (step: string): boolean => step === 'show' || /^(?:add|remove|raise) data/.test(step);

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
      const withFiles = submitter.value === 'add' && chosenIn(form).length > 0;
      if (!working && !withFiles && !reshapes(submitter.value)) {
        delete form.dataset.dirty;
        return;
      }
      event.preventDefault();
      if (working) {
        if (working === 'shape') next = submitter.value;
        return;
      }
      working = withFiles ? 'files' : 'shape';
      void (withFiles ? addWithFiles(form) : reshape(form, submitter)).finally(goOn);
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

const UNREACHABLE = 'Server unreachable; nothing was changed.';

async function reshape(form: HTMLFormElement, submitter: HTMLButtonElement): Promise<void> {
  const { value: step } = submitter;
  const answer = await post(form, fieldsOf(form, submitter));
  if (!answer) return showFailure(UNREACHABLE);
  const outcome = await take(answer, form, () => moveRows(form, step)).catch(() => leaveToBrowser(form, submitter));
  if (outcome === 'shown') focusAfter(step);
}

/** Moves what is in the rows, so that the new page finds it in its place. */
function moveRows(form: HTMLFormElement, step: string): void {
  const [, list = '', row = ''] = /^remove (.+)\/(\d+)$/.exec(step) ?? [];
  document.querySelectorAll(`[data-rows="${CSS.escape(list)}"] > .row`)[Number(row)]?.remove();
  for (const name of ['id', 'name']) {
    for (const element of form.querySelectorAll(`[${name}^="data/"]`)) {
      element.setAttribute(name, movedPlace(element.getAttribute(name) ?? '', step) ?? '');
    }
  }
}

/** Focuses the new row, or what had the focus before. */
function focusAfter(step: string): void {
  const [kind, place = ''] = step.split(' ');
  const rows = `[data-rows="${CSS.escape(kind === 'add' ? place : place.replace(/\/\d+$/, ''))}"]`;
  const field = `${rows} > .row:last-of-type :is(input:not([type="hidden"]), select, textarea)`;
  if (kind === 'add') document.querySelector<HTMLElement>(field)?.focus();
  else if (document.activeElement === document.body) document.querySelector<HTMLElement>(`${rows} > button`)?.focus();
}

const chosenIn = (form: HTMLFormElement): HTMLInputElement[] =>
  [...form.querySelectorAll<HTMLInputElement>('input[data-file]')].filter(({ files }) => (files?.length ?? 0) > 0);

/** The server makes the job of the fields, and the API takes it with its files. The server also puts errors at their fields. */
async function addWithFiles(form: HTMLFormElement): Promise<void> {
  const fields = fieldsOf(form);
  fields.set('do', 'job');
  const answer = await post(form, fields);
  if (!answer) return showFailure(UNREACHABLE);
  if (!answer.headers.get('content-type')?.startsWith('application/json')) return showAnswer(answer, form);
  const job: NewClientJob = await answer.json();
  for (const { id, files } of chosenIn(form)) if (files?.[0]) putFile(job, id, files[0]);
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
    showFailure(textOf(error));
    const errors = error instanceof ClientError ? error.errors : [];
    if (errors.length === 0) return;
    fields.set('errors', JSON.stringify(errors));
    const refused = await post(form, fields);
    if (refused) await showAnswer(refused, form);
  }
}

/** A plain form would add the job without its files. */
async function showAnswer(answer: Response, form: HTMLFormElement): Promise<void> {
  const outcome = await take(answer, form).catch(() => showFailure(outcomeOf(answer.status)));
  if (outcome === 'shown') window.scrollTo({ top: 0 });
}

function textOf(error: unknown): string {
  if (!(error instanceof ClientError)) return outcomeOf(0);
  const { code, status, message, errors, cause } = error;
  if (errors.length > 0) return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  if (status === 0 && code === 'UNAVAILABLE') return outcomeOf(undefined);
  // Something other than the server has answered, such as a proxy.
  return status === 0 || cause !== undefined ? outcomeOf(status) : message;
}

function barIn(form: HTMLFormElement): HTMLProgressElement {
  const line = Object.assign(document.createElement('p'), { className: 'sending', role: 'status' });
  const bar = Object.assign(document.createElement('progress'), { max: 100, value: 0 });
  line.append(form.dataset.sending ?? '', bar);
  form.append(line);
  return bar;
}

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
