// How many more pending jobs the queue takes: not counted anew for every addition while there is plenty.
import type { Prepared } from '../prepared.ts';
import type { Hot } from './hot.ts';

/** Milliseconds for which the room is taken as known while it is large. */
const KNOWN_FOR = 500;

export function queueRoom(pending: Prepared<object, { n: number | null }>): Hot['room'] {
  // As it was read last, with what this process has added since.
  let known = { pending: 0, at: Number.NEGATIVE_INFINITY };
  return async (tx, { most, adding, now }) => {
    if (Math.abs(now - known.at) > KNOWN_FOR || most - known.pending - adding < most / 2)
      known = { pending: Number((await tx.all(pending, {}))[0]?.n ?? 0), at: now };
    const room = most - known.pending;
    known.pending += adding;
    return room;
  };
}
