// Fetches the page again and updates what has changed.
// biome-ignore lint/correctness/noUndeclaredDependencies: it is bundled into assets/client.js, so a site does not install it
import { Idiomorph } from 'idiomorph';

/**
 * Updates `from` to match `to`, and keeps what the user has opened, selected or typed.
 * Elements match by `id` or `data-key`, options by value. Elements with `data-keep` are not touched, nor those whose new
 * version has `data-held`.
 */
export function morph(from: Element, to: Element): void {
  const { activeElement } = from.ownerDocument;
  for (const tree of [from, to]) nameKeyed(tree);
  void Idiomorph.morph(from, to, {
    callbacks: {
      beforeNodeMorphed: (old, next) =>
        !(old instanceof Element && old.hasAttribute('data-keep')) &&
        !(next instanceof Element && next.hasAttribute('data-held')) &&
        !old.isEqualNode(next),
      beforeAttributeUpdated: (name, element) => !isReaders(name, element),
    },
  });
  if (!(activeElement instanceof HTMLElement) || !from.contains(activeElement)) return;
  if (from.ownerDocument.activeElement !== activeElement) activeElement.focus({ preventScroll: true });
}

/** Idiomorph matches elements by id only. */
function nameKeyed(tree: Element): void {
  for (const element of tree.querySelectorAll('[data-key]:not([id])')) {
    element.id = `${element.tagName} ${element.getAttribute('data-key')}`;
  }
  for (const option of tree.querySelectorAll('option')) {
    const list = option.closest('select, datalist');
    option.id = `${list?.id || list?.getAttribute('name')} ${option.value}`;
  }
}

/** The user has changed this attribute. */
function isReaders(name: string, element: Element): boolean {
  // A new element has no children yet when its attributes are set.
  if (name === 'open') return element.childNodes.length > 0;
  if (element instanceof HTMLOptionElement) return name === 'selected' && element.selected !== element.defaultSelected;
  if (element instanceof HTMLTextAreaElement) return name === 'value' && element.value !== element.defaultValue;
  if (!(element instanceof HTMLInputElement)) return false;
  if (name === 'value') return element.type !== 'hidden' && element.value !== element.defaultValue;
  return name === 'checked' && element.checked !== element.defaultChecked;
}

const PATIENCE = 15_000;

export const pageIn = (text: string): Document => new DOMParser().parseFromString(text, 'text/html');

export const contentOf = (page: Document): HTMLElement | null => page.querySelector('main#content');

const follows = (): boolean => contentOf(document)?.dataset.follows !== undefined;

const ROW = 'table.jobs > tbody > tr[data-key]';

export const holdsRows = (): boolean => document.querySelector(ROW) !== null;

export const rowsHere = (): string[] =>
  [...document.querySelectorAll<HTMLElement>(ROW)].map(({ dataset }) => dataset.key ?? '');

/** This page with the rows that it shows, which the server then keeps in their places. */
export function heldAddress(rows = rowsHere()): string {
  const address = new URL(location.href);
  if (rows.length > 0) address.searchParams.set('held', rows.join('.'));
  return address.href;
}

/** Keeps the rows where they are on the screen when something above them has grown or shrunk. */
function holdStill(change: () => boolean): boolean {
  const top = () => document.querySelector(ROW)?.getBoundingClientRect().top;
  const table = document.querySelector<HTMLElement>('table.jobs');
  const before = top();
  const isDone = change();
  if (!table || before === undefined) return isDone;
  table.style.marginTop = '';
  const moved = (top() ?? before) - before;
  // What has shrunk above the screen is scrolled away; at the top of the page, a gap replaces it.
  const gap = Math.max(-moved - window.scrollY, 0);
  if (gap > 0) table.style.marginTop = `${gap}px`;
  const { scrollHeight } = document.documentElement;
  const lacking = moved + gap - (scrollHeight - window.innerHeight - window.scrollY);
  if (lacking > 0) document.body.style.minHeight = `${scrollHeight + lacking}px`;
  window.scrollBy({ top: moved + gap, behavior: 'instant' });
  // Browsers scroll by whole pixels.
  const rest = (top() ?? before) - before;
  if (rest !== 0) table.style.marginTop = `${gap - rest}px`;
  return isDone;
}

/** How often a page was shown. */
let shows = 0;

/** The last answer to `renew`, while nothing else is shown. */
let latest = { asked: '', tag: '' };

type Renewed = 'done' | 'failed';

/** `byItself`: not asked for by the user. */
export async function renew(asked = heldAddress(), byItself = false): Promise<Renewed> {
  const address = location.href;
  const isFollowed = follows();
  const before = shows;
  const answer = await fetch(asked, {
    headers: {
      accept: 'text/html',
      ...(byItself ? { 'x-update': '1' } : {}),
      ...(latest.asked === asked ? { 'if-none-match': latest.tag } : {}),
    },
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.status === 304) return 'done';
  if (answer.status >= 500) return 'failed';
  const page = pageIn(await answer.text());
  // Another page is shown by now.
  if (location.href !== address || (isFollowed && !follows())) return 'done';
  // An action has updated the page meanwhile, perhaps with newer content.
  if (byItself && shows !== before) return renew(undefined, true);
  if (asked === address ? show(page) : holdStill(() => show(page))) {
    latest = { asked, tag: answer.headers.get('etag') ?? '' };
    return 'done';
  }
  // The user must sign in again.
  if (answer.redirected || answer.status === 401) location.reload();
  return 'failed';
}

/** False if `page` is not one of ours. Reloads if its script has another version. */
export function show(page: Document): boolean {
  const here = contentOf(document);
  const there = contentOf(page);
  if (!here || !there) return false;
  latest = { asked: '', tag: '' };
  shows += 1;
  if (scriptOf(page) !== scriptOf(document)) location.reload();
  morph(here, there);
  const sections = [document, page].map((one) => one.getElementById('sections'));
  if (sections[0] && sections[1]) morph(sections[0], sections[1]);
  document.title = page.title;
  document.dispatchEvent(new Event('renewed'));
  return true;
}

const scriptOf = (page: Document): string | null | undefined =>
  page.querySelector('script[type="module"]')?.getAttribute('src');
