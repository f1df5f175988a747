// Whether this reader has paused the updates; it holds for the tab.

const KEY = 'phraseworks-jobs-paused';

export function wasPaused(): boolean {
  try {
    return sessionStorage.getItem(KEY) === 'true';
  } catch {
    return false;
  }
}

export function rememberPaused(paused: boolean): void {
  try {
    sessionStorage.setItem(KEY, String(paused));
  } catch {
    // No storage is allowed here: it holds for this page.
  }
}
