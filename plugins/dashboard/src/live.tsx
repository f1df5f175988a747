// Says whether the page renews itself, and lets the reader stop it: a page must not move while somebody reads it.
/** @jsxImportSource hono/jsx */
import type { Query } from './address.ts';
import { RENEW } from './layout.tsx';
import type { Visit } from './visit.ts';

interface LiveProps {
  visit: Visit;
  query: Query;
  live: boolean;
  /** Something on the page is about to change. */
  moving: boolean;
}

export function Live({ visit: { to, path }, query, live, moving }: LiveProps) {
  if (!live) {
    return (
      <p class="live">
        Updates are stopped. <a href={to(path, { ...query, live: undefined })}>Go on</a>
      </p>
    );
  }
  if (!moving) return null;
  return (
    <p class="live on">
      Updates every {RENEW} s. <a href={to(path, { ...query, live: '0' })}>Stop</a>
    </p>
  );
}
