// Disclosures that lie over the page close by a click beside them, and by Escape.

const OPEN = 'details:is(.more, .filter, .chosen .confirm)[open]';

export function attachDrops(): void {
  document.addEventListener('click', ({ target }) => {
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
