// Disclosures: those that lie over the page close by a click beside them and by Escape, those of a value fold all at once.

const OPEN = 'details:is(.more, .filter, .chosen .confirm)[open]';

export function attachDrops(): void {
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLButtonElement>('button[data-fold]') : null;
    const tree = button && document.getElementById(button.dataset.fold ?? '');
    if (tree) foldAll(tree);
    for (const drop of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
      if (!(target instanceof Node && drop.contains(target))) drop.open = false;
    }
  });
  document.addEventListener('keydown', ({ key }) => {
    const drop = document.querySelector<HTMLDetailsElement>(OPEN);
    if (key !== 'Escape' || !drop) return;
    drop.open = false;
    drop.querySelector('summary')?.focus();
  });
}

/** Opens all when one is folded, else folds all but the first. */
export function foldAll(tree: Element): void {
  const parts = [...tree.querySelectorAll('details')];
  const open = parts.some((part) => !part.open);
  for (const [i, part] of parts.entries()) part.open = open || i === 0;
}
