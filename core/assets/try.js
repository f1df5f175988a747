// @ts-check
// Adds forms to the description of the API: they send the request from this page, with the rights of whoever reads it.

/**
 * @typedef {{ name: string, in: 'path' | 'query' }} Field
 * @typedef {{ method: string, path: string, fields: Field[], body: string | null, optional: boolean, files: boolean }} Operation
 */

const PATIENCE = 30_000;
/** A stream of events has no end: what came within this time is shown. */
const STREAM = 5_000;
const MOST_SHOWN = 100_000;

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 */
function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Kept in this page only, and sent with each request. */
const token = /** @type {HTMLInputElement} */ (
  make('input', {
    type: 'password',
    autocomplete: 'off',
    'aria-label': 'Bearer token',
    placeholder: 'Bearer token, if the site wants one',
  })
);

function addToken() {
  document.querySelector('body > header')?.append(make('p', { id: 'token' }, ['To try requests:', token]));
}

/** @param {HTMLElement} article */
function addForm(article) {
  const text = article.dataset.operation;
  const inside = article.querySelector('.inside');
  if (!text || !inside) return;
  /** @type {Operation} */
  const operation = JSON.parse(text);
  const open = make('button', { type: 'button' }, ['Try it']);
  open.addEventListener('click', () => {
    open.replaceWith(formOf(operation));
    /** @type {HTMLElement | null} */ (inside.querySelector('form.try :is(input, textarea, button)'))?.focus();
  });
  inside.append(open);
}

/** @param {Operation} operation */
function formOf(operation) {
  const form = /** @type {HTMLFormElement} */ (make('form', { class: 'try' }));
  for (const field of operation.fields) form.append(inputOf(field));
  if (operation.body !== null) {
    const body = make('textarea', { name: 'body', spellcheck: 'false', class: 'mono' });
    body.textContent = operation.body;
    form.append(make('label', {}, [operation.optional ? 'Body, if any' : 'Body', body]));
  }
  if (operation.files) {
    const place = make('input', {
      name: 'place',
      value: 'data.file',
      'aria-label': 'Its place in the job',
      class: 'mono',
    });
    const file = make('input', { name: 'file', type: 'file' });
    form.append(make('label', {}, ['File, and its place in the job', make('span', { class: 'row' }, [file, place])]));
  }
  const send = make('button', { type: 'submit', class: 'send' }, ['Send']);
  const note = operation.method === 'get' ? '' : 'It is really done.';
  form.append(make('div', { class: 'row' }, [send, make('small', {}, [note])]));
  const answer = make('div', { class: 'answer', 'aria-live': 'polite' });
  form.append(answer);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(operation, new FormData(form), answer);
  });
  return form;
}

/** @param {Field} field */
function inputOf(field) {
  const required = field.in === 'path';
  const input = make('input', {
    name: `${field.in}.${field.name}`,
    autocomplete: 'off',
    class: 'mono',
    ...(required ? { required: '' } : {}),
  });
  return make('label', {}, [required ? `${field.name} (required)` : field.name, input]);
}

/**
 * @param {Operation} operation
 * @param {FormData} given
 */
function requestOf({ method, path, fields, body, files }, given) {
  /** @param {string} name */
  const value = (name) => String(given.get(name) ?? '');
  let address = path;
  const query = new URLSearchParams();
  for (const field of fields) {
    const text = value(`${field.in}.${field.name}`);
    if (field.in === 'path') address = address.replace(`{${field.name}}`, encodeURIComponent(text));
    else if (text !== '') query.append(field.name, text);
  }
  const headers = new Headers();
  if (token.value !== '') headers.set('Authorization', `Bearer ${token.value}`);
  const file = given.get('file');
  /** @type {BodyInit | undefined} */
  let sent;
  if (files && file instanceof File && file.size > 0) {
    sent = new FormData();
    sent.append('job', new Blob([value('body')], { type: 'application/json' }));
    sent.append(value('place'), file);
  } else if (body !== null && value('body').trim() !== '') {
    headers.set('Content-Type', 'application/json');
    sent = value('body');
  }
  const url = query.size === 0 ? address : `${address}?${query}`;
  return { url, init: { method: method.toUpperCase(), headers, ...(sent === undefined ? {} : { body: sent }) } };
}

/**
 * @param {Operation} operation
 * @param {FormData} given
 * @param {HTMLElement} answer
 */
async function run(operation, given, answer) {
  const { url, init } = requestOf(operation, given);
  answer.replaceChildren('...');
  const from = performance.now();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(url, { ...init, signal: patience.signal });
    const text = await textOf(response, patience);
    show(answer, `${init.method} ${url}`, response, text, performance.now() - from);
  } catch (error) {
    const why = patience.signal.aborted ? `no answer within ${PATIENCE / 1_000} s` : String(error);
    answer.replaceChildren(make('p', { class: 'status bad' }, [`It could not be sent: ${why}`]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {Response} response
 * @param {AbortController} patience
 */
async function textOf(response, patience) {
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response.text();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return '';
  const end = setTimeout(() => void reader.cancel().catch(() => {}), STREAM);
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  clearTimeout(end);
  patience.abort();
  return `${text}\n(closed by this page after ${STREAM / 1_000} s)`;
}

/**
 * @param {HTMLElement} answer
 * @param {string} asked
 * @param {Response} response
 * @param {string} text
 * @param {number} ms
 */
function show(answer, asked, response, text, ms) {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  const status = make('span', { class: `status ${response.ok ? 'good' : 'bad'}` }, [
    `${response.status} ${response.statusText}`,
  ]);
  answer.replaceChildren(
    make('p', {}, [make('code', {}, [asked])]),
    make('p', {}, [status, ` in ${Math.round(ms)} ms, ${new Blob([text]).size} bytes`]),
    make('details', {}, [make('summary', {}, [make('small', {}, ['Headers'])]), make('pre', {}, [headers])]),
    ...(text === '' ? [] : [make('pre', { tabindex: '0' }, [readable(text)])]),
  );
}

/** @param {string} text */
function readable(text) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: it is shown as it came.
  }
  return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}\n... (cut)` : shown;
}

/** An operation that the address names is opened. */
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const details = named?.closest('details');
  if (!named || !details) return;
  details.open = true;
  named.scrollIntoView();
}

addToken();
for (const article of document.querySelectorAll('article[data-operation]')) {
  addForm(/** @type {HTMLElement} */ (article));
}
addEventListener('hashchange', openNamed);
openNamed();
