// Keeps "4 s ago" and "in 2 min" right while a page is open.
import { relative } from '../src/relative.ts';

const EVERY = 1_000;

export function attachTicks(): void {
  // The server's clock counts: ours may be set otherwise.
  let ahead = aheadOf();
  document.addEventListener('renewed', () => {
    ahead = aheadOf();
  });
  setInterval(() => {
    if (!document.hidden) tick(document, Date.now() + ahead);
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
