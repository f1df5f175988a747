// A schedule's pattern in words, while it is typed.
import { readPattern } from '../src/schedule/pattern.ts';
import { patternText } from '../src/words/en/pattern.ts';

export function attachPattern(): void {
  document.addEventListener('input', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || !target.matches('[data-pattern]')) return;
    const shown = target.parentElement?.querySelector('[data-pattern-words]');
    if (!shown) return;
    const pattern = readPattern(target.value);
    shown.textContent = pattern ? patternText(pattern) : '';
  });
}
