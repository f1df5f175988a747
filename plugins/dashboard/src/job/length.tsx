// How long something has gone on; the script counts on.
/** @jsxImportSource hono/jsx */
import { formatDuration } from '@phraseworks/sdk';

/** Milliseconds since 1970. */
export const Length = ({ from, to }: { from: number; to: number }) => (
  <span data-since={from}>{formatDuration(to - from)}</span>
);
