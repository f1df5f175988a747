// Keeps "4 s ago", "in 2 min" and how long something goes on right while a page is open.
import { relative, roughly } from '../src/relative.ts';

const EVERY = 1_000;

export function attachTicks(): void {
  // The server's clock counts: ours may be set otherwise.
  let ahead = aheadOf();
  document.addEventListener('renewed', () => {
    ahead = aheadOf();
  });
  setInterval(() => {
    if (document.hidden) return;
    tick(document, Date.now() + ahead);
    count(document, Date.now() + ahead);
  }, EVERY);
}

function aheadOf(): number {
  const now = Number(document.getElementById('content')?.dataset.now);
  return Number.isFinite(now) ? now - Date.now() : 0;
}

/** Writes only what has changed, so that a marked text stays marked. */
export function tick(page: ParentNode, now: number): void {
  for (const time of page.querySelectorAll<HTMLTimeElement>('time[data-tick]')) {
    const at = Date.parse(time.getAttribute('datetime') ?? '');
    if (Number.isNaN(at)) continue;
    const text = relative(time.dataset.tick === 'due' ? Math.max(at, now) : at, now);
    if (time.textContent !== text) time.textContent = text;
  }
}

/** The same for what goes on. */
export function count(page: ParentNode, now: number): void {
  for (const length of page.querySelectorAll<HTMLElement>('[data-since]')) {
    const since = Number(length.dataset.since);
    if (Number.isNaN(since) || now - since < EVERY) continue;
    const text = roughly(now - since);
    if (length.textContent !== text) length.textContent = text;
  }
}
