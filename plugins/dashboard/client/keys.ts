// Keys: `/` search, `j` `k` through the rows, `r` retry, `x` cancel, `?` the list of them. `Enter` is the browser's own.
import { outcomeOf, send, showFailure } from './send.ts';

const ROWS = 'main tr[data-key] .what a';

export function attachKeys(): void {
  document.addEventListener('keydown', (event) => {
    const key = keyOf(event);
    const act = key === undefined ? undefined : KEYS[key];
    if (!act) return;
    event.preventDefault();
    // A key that is held acts once.
    if (!(event.repeat && ONCE.includes(event.key))) void act();
  });
  document.getElementById('show-keys')?.addEventListener('click', showKeys);
}

const ONCE = ['r', 'x'];

const KEYS: Record<string, () => unknown> = {
  '/': focusSearch,
  j: () => moveTo(1),
  k: () => moveTo(-1),
  r: () => act('retry'),
  x: () => act('cancel'),
  '?': showKeys,
};

/** Undefined where the key belongs to what has the focus, or to the browser. */
export function keyOf(event: KeyboardEvent): string | undefined {
  const { target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return undefined;
  if (
    target instanceof Element &&
    target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]')
  ) {
    return undefined;
  }
  return document.querySelector('dialog[open]') ? undefined : event.key;
}

function focusSearch(): void {
  const search = document.getElementById('search');
  if (!(search instanceof HTMLInputElement)) return;
  search.focus();
  search.select();
}

function showKeys(): void {
  const dialog = document.getElementById('keys');
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
}

/** The focus marks the row: so `Enter` opens it, and it is read aloud. */
function moveTo(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const here = links.findIndex((link) => link.closest('tr') === document.activeElement?.closest('tr'));
  const next = here < 0 ? (step === 1 ? 0 : links.length - 1) : here + step;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link?.focus({ preventScroll: true });
  link?.closest('tr')?.scrollIntoView({ block: 'nearest' });
}

/** On the row with the focus, or on the page of a job. */
async function act(step: 'retry' | 'cancel'): Promise<void> {
  const row = document.activeElement?.closest<HTMLElement>('tr[data-key]');
  const form = document.querySelector<HTMLFormElement>(`main form[data-step="${step}"]`);
  if (row ? !row.dataset.can?.split(' ').includes(step) : !form) return;
  const about = row ? row.querySelector('.what a')?.textContent : document.querySelector('main h1')?.textContent;
  if (step === 'cancel' && !(await ask(document.getElementById('ask')?.dataset.cancel ?? '', about ?? ''))) return;
  if (!row) return form?.requestSubmit();
  const query = new URLSearchParams({ kind: 'job', name: row.dataset.key ?? '', step });
  const action = `${document.body.dataset.base ?? ''}/act?${query}`;
  await send(action, { stay: true }).catch(() => showFailure(outcomeOf(undefined)));
}

let settle: ((answer: boolean) => void) | undefined;

/** Asks before something is done that cannot be undone: true when the answer is yes. `about` says what it is about. */
export function ask(question: string, about = ''): Promise<boolean> {
  const dialog = document.getElementById('ask');
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(false);
  const [first, second] = dialog.querySelectorAll('p');
  if (first) first.textContent = question;
  if (second) second.textContent = about;
  settle?.(false);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((done) => {
    settle = done;
    // Browsers tell late: it may be about the question before, while this one is open.
    dialog.onclose = () => {
      if (!dialog.open) done(dialog.returnValue === 'yes');
    };
  });
}
