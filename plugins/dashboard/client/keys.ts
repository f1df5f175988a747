// Keyboard shortcuts: `/` search, `j` and `k` next and previous row, `r` retry, `x` cancel, `?` help.
import { send } from './send.ts';

const ROWS = 'main tr[data-key] .what a';

export function attachKeys(): void {
  document.addEventListener('keydown', (event) => {
    const key = keyOf(event);
    const act = key === undefined ? undefined : KEYS[key];
    if (!act) return;
    event.preventDefault();
    // Ignore the repeats of a held key.
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

/** Undefined if the key is meant for a focused field or the browser. */
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

/** Moves the focus, so that `Enter` opens the job and screen readers announce it. */
function moveTo(step: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(ROWS)];
  const here = links.findIndex((link) => link.closest('tr') === document.activeElement?.closest('tr'));
  const next = here < 0 ? (step === 1 ? 0 : links.length - 1) : here + step;
  const link = links[Math.min(Math.max(next, 0), links.length - 1)];
  link?.focus({ preventScroll: true });
  link?.closest('tr')?.scrollIntoView({ block: 'nearest' });
}

/** Acts on the focused row, or on the job of this page. */
async function act(step: 'retry' | 'cancel'): Promise<void> {
  const row = document.activeElement?.closest<HTMLElement>('tr[data-key]');
  const form = document.querySelector<HTMLFormElement>(`main form[data-step="${step}"]`);
  if (row ? !row.dataset.can?.split(' ').includes(step) : !form) return;
  const about = row ? row.querySelector('.what a')?.textContent : document.querySelector('main h1')?.textContent;
  if (step === 'cancel' && !(await ask(document.getElementById('ask')?.dataset.cancel ?? '', about ?? ''))) return;
  if (!row) return form?.requestSubmit();
  const query = new URLSearchParams({ kind: 'job', name: row.dataset.key ?? '', step, at: 'list' });
  const action = `${document.body.dataset.base ?? ''}/act?${query}`;
  await send(action, { stay: true });
}

let settle: ((answer: boolean) => void) | undefined;

/** Asks for confirmation; `about` names the job. */
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
    // The event comes late and may belong to the previous question.
    dialog.onclose = () => {
      if (!dialog.open) done(dialog.returnValue === 'yes');
    };
  });
}
