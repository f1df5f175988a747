// Fetches the page anew and updates what has changed in the one that is shown.
// biome-ignore lint/correctness/noUndeclaredDependencies: it is bundled into assets/client.js, so a site does not install it
import { Idiomorph } from 'idiomorph';

/**
 * Children find each other by `id` or `data-key`, options by their value, else by their place. What has `data-keep` is left alone.
 * The focus stays where it is, as long as its element is still there.
 */
export function morph(from: Element, to: Element): void {
  const { activeElement } = from.ownerDocument;
  for (const tree of [from, to]) nameKeyed(tree);
  void Idiomorph.morph(from, to, {
    callbacks: {
      beforeNodeMorphed: (old, next) =>
        !(old instanceof Element && old.hasAttribute('data-keep')) && !old.isEqualNode(next),
      beforeAttributeUpdated: (name, element) => !isReaders(name, element),
    },
  });
  if (!(activeElement instanceof HTMLElement) || !from.contains(activeElement)) return;
  if (from.ownerDocument.activeElement !== activeElement) activeElement.focus({ preventScroll: true });
}

/** The library knows ids only. */
function nameKeyed(tree: Element): void {
  for (const element of tree.querySelectorAll('[data-key]:not([id])')) {
    element.id = `${element.tagName} ${element.getAttribute('data-key')}`;
  }
  for (const option of tree.querySelectorAll('option')) {
    const list = option.closest('select, datalist');
    option.id = `${list?.id || list?.getAttribute('name')} ${option.value}`;
  }
}

/** Is it as the reader has left it? */
function isReaders(name: string, element: Element): boolean {
  // A new element gets its attributes before its children.
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

/** True when the page shows what is so now; false when the server does not answer as it should. */
export async function renew(): Promise<boolean> {
  const address = location.href;
  const answer = await fetch(address, {
    headers: { accept: 'text/html' },
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (answer.status >= 500) return false;
  const page = pageIn(await answer.text());
  if (location.href !== address) return true;
  if (show(page)) return true;
  // It leads to where people sign in.
  if (answer.redirected || answer.status === 401) location.reload();
  return false;
}

/** False when that is not one of our pages. A page of another version is loaded whole, with its own script and style. */
export function show(page: Document): boolean {
  const here = contentOf(document);
  const there = contentOf(page);
  if (!here || !there) return false;
  if (scriptOf(page) !== scriptOf(document)) location.reload();
  morph(here, there);
  for (const id of ['sections']) {
    const part = document.getElementById(id);
    const next = page.getElementById(id);
    if (part && next) morph(part, next);
  }
  document.title = page.title;
  document.dispatchEvent(new Event('renewed'));
  return true;
}

const scriptOf = (page: Document): string | null | undefined =>
  page.querySelector('script[type="module"]')?.getAttribute('src');
