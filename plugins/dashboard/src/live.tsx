// Where there is no script: says that the page renews itself, and lets the reader stop it. With a script the mark in the frame does that.
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
  if (live && !moving) return null;
  return (
    <noscript>
      {live ? (
        <p class="live on">
          {`Updates every ${RENEW} s.`} <a href={to(path, { ...query, live: '0' })}>Pause</a>
        </p>
      ) : (
        <p class="live">
          Updates paused. <a href={to(path, { ...query, live: undefined })}>Resume</a>
        </p>
      )}
    </noscript>
  );
}
