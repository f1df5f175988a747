// Choosing rows: all of the page at once, and how many are chosen.

const BOXES = 'input[name="id"][form="chosen"]';

export function attachList(): void {
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.id === 'choose-all') for (const box of boxes()) box.checked = target.checked;
    if (target.id === 'choose-all' || target.matches(BOXES)) count();
  });
  document.addEventListener('reset', () => queueMicrotask(count));
  document.addEventListener('renewed', count);
  // A browser that comes back to the page may have kept what was chosen.
  count();
}

const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>(BOXES)];

function count(): void {
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  const head = document.getElementById('choose-all');
  if (head instanceof HTMLInputElement) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  const number = document.querySelector('#chosen .chosen-count');
  if (number) number.textContent = String(chosen);
}
