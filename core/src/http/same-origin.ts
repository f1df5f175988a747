// Did a page of another site send this? Browsers say so, and a page cannot make them say otherwise.

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export const isWrite = (method: string): boolean => !SAFE.has(method);

/**
 * True when a browser sent it for a page of another origin. Clients that are no browsers send neither header and pass.
 * `trusted` lists further origins, exactly as the browser writes them.
 */
export function isCrossSite(headers: Headers, trusted: readonly string[] = []): boolean {
  const origin = headers.get('origin');
  if (origin !== null && trusted.includes(origin)) return false;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  return origin !== null && !isOwn(origin, headers.get('host'));
}

/** The scheme is left out: before us a proxy may have taken off the TLS. */
function isOwn(origin: string, host: string | null): boolean {
  const match = /^https?:\/\/([^/]+)$/i.exec(origin);
  return match !== null && host !== null && match[1]?.toLowerCase() === host.toLowerCase();
}

export const hasBearer = (headers: Headers): boolean => /^bearer +\S/i.test(headers.get('authorization') ?? '');

/** A link that was followed: the other site cannot read the answer. */
export const isNavigation = (headers: Headers): boolean => headers.get('sec-fetch-mode') === 'navigate';
