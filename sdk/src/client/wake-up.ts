// When the page comes back: from the background, from sleep, from a time without network, or from the browser's cache.

interface Page {
  addEventListener?: (name: string, listener: () => unknown, options: { signal: AbortSignal }) => void;
  document?: { hidden: boolean };
}

/** `leave` is called when the page is put away, `back` when it is there again. Answers what stops that. */
export function onWakeUp(back: () => unknown, leave: () => void): () => void {
  const page = globalThis as Page;
  const stop = new AbortController();
  const on = (name: string, listener: () => unknown): void => page.addEventListener?.(name, listener, stop);
  on('online', back);
  on('pageshow', back);
  on('pagehide', leave);
  on('visibilitychange', () => page.document?.hidden || back());
  return () => stop.abort();
}
