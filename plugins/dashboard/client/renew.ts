// Fetches the page anew and updates what has changed in the one that is shown.
import { morph } from './morph.ts';

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
