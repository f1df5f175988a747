// Ctrl-K: the search page in a dialog, which leads to pages, types, jobs and actions by the keyboard alone.
import { pageIn } from './renew.ts';

const TYPED_FOR = 150;

export function attachPalette(): void {
  const dialog = document.createElement('dialog');
  dialog.className = 'palette';
  dialog.setAttribute('aria-label', 'Go to');
  const links = (): HTMLAnchorElement[] => [...dialog.querySelectorAll('a')];
  let timer: number | undefined;
  let asked = 0;

  const page = `${document.body.dataset.base ?? ''}/search`;
  const typed = (): string => `${page}?${new URLSearchParams([['q', dialog.querySelector('input')?.value ?? '']])}`;

  /** Keeps the field, so that typing can go on. */
  const ask = async (address: string): Promise<void> => {
    const own = ++asked;
    const answer = await fetch(address, { headers: { accept: 'text/html' } }).catch(() => undefined);
    const found = answer?.ok ? pageIn(await answer.text()).querySelector('[data-palette]') : null;
    if (own !== asked || !found) return;
    const results = dialog.querySelector('[data-results]');
    const next = found.querySelector('[data-results]');
    if (results && next) results.replaceWith(next);
    else dialog.replaceChildren(found);
  };

  const open = async (): Promise<void> => {
    if (!dialog.isConnected) document.body.append(dialog);
    if (dialog.open) return dialog.close();
    dialog.showModal();
    if (!dialog.querySelector('form')) await ask(page);
    // Unreachable, or signed out: the browser says so.
    if (!dialog.querySelector('form')) return location.assign(page);
    dialog.querySelector('input')?.select();
  };

  document.addEventListener('click', (event) => {
    const { target } = event;
    if (target === dialog) dialog.close();
    if (!(target instanceof Element) || !target.closest('a[data-search]') || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    void open();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    void open();
  });
  dialog.addEventListener('input', () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(typed()), TYPED_FOR);
  });
  dialog.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const places: HTMLElement[] = [dialog.querySelector('input') ?? dialog, ...links()];
    const here = places.indexOf(document.activeElement as HTMLElement);
    places[(here + step + places.length) % places.length]?.focus();
  });
  // Enter goes to the first result of what is typed by now.
  dialog.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void ask(typed()).then(() => links()[0]?.click());
  });
}
