// The choice of colours. `theme.js` applies it before the first paint.

const KEY = 'phraseworks-jobs-theme';

export function attachTheme(): void {
  const choice = document.getElementById('theme');
  if (!(choice instanceof HTMLSelectElement)) return;
  choice.value = document.documentElement.dataset.theme ?? 'system';
  choice.addEventListener('change', () => {
    const { dataset } = document.documentElement;
    if (choice.value === 'system') delete dataset.theme;
    else dataset.theme = choice.value;
    remember(choice.value);
  });
}

function remember(theme: string): void {
  try {
    if (theme === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // No storage is allowed here: it holds for this page.
  }
}
