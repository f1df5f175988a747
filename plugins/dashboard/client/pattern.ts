// A schedule's pattern in words, while it is typed.
import { patternText } from '../src/schedule/pattern.ts';

export function attachPattern(): void {
  document.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.matches('[data-pattern]')) return;
    const shown = target.parentElement?.querySelector('[data-pattern-words]');
    if (shown) shown.textContent = patternText(target.value);
  });
}
