// The page of one job: how long something goes on, and folding a value at all depths at once.
import { roughly } from '../src/relative.ts';

const EVERY = 1_000;

export function attachJob(): void {
  setInterval(() => {
    if (!document.hidden && document.documentElement.dataset.live !== 'paused') count(document, Date.now() + ahead());
  }, EVERY);
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLButtonElement>('button[data-fold]') : null;
    const tree = button && document.getElementById(button.dataset.fold ?? '');
    if (tree) foldAll(tree);
  });
}

/** The server's clock counts: ours may differ. The page has its last time. */
let told = 0;
let offset = 0;
function ahead(): number {
  const now = Number(document.getElementById('content')?.dataset.now);
  if (Number.isFinite(now) && now !== told) {
    told = now;
    offset = now - Date.now();
  }
  return offset;
}

/** Writes only what has changed, so that a marked text stays marked. */
export function count(page: ParentNode, now: number): void {
  for (const length of page.querySelectorAll<HTMLElement>('[data-since]')) {
    const since = Number(length.dataset.since);
    if (Number.isNaN(since) || now - since < EVERY) continue;
    const text = roughly(now - since);
    if (length.textContent !== text) length.textContent = text;
  }
}

/** Opens all when one is folded, else folds all but the first. */
export function foldAll(tree: Element): void {
  const parts = [...tree.querySelectorAll('details')];
  const open = parts.some((part) => !part.open);
  for (const [i, part] of parts.entries()) part.open = open || i === 0;
}
