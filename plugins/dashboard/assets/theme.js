// Applies the chosen colours before the first paint; without a choice those of the system hold.
try {
  const theme = localStorage.getItem('phraseworks-jobs-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // No storage is allowed here: the system's colours hold.
}
