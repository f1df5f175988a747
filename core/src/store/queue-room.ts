// How many more jobs the queue takes: not counted anew for every addition while there is plenty of room.
import type { StoredState } from '../queue/lifecycle.ts';
import type { Hot } from './hot.ts';
import type { Prepared } from './prepared.ts';

/** Jobs by what limits them: those that could run or are parked, and those that wait for a time. */
export interface QueueSize {
  waiting: number;
  delayed: number;
}

/** The limit that a job in this state counts against, before it runs. */
export const limitOf = (state: StoredState): keyof QueueSize => (state === 'scheduled' ? 'delayed' : 'waiting');

/** Milliseconds for which the room is taken as known while it is large. */
const KNOWN_FOR = 500;

export function queueRoom(counts: Prepared<object, { state: StoredState; n: number | null }>): Hot['room'] {
  // As it was read last, with what this process has added since.
  let known: QueueSize & { at: number } = { waiting: 0, delayed: 0, at: Number.NEGATIVE_INFINITY };
  return async (tx, { most, adding, now }) => {
    const isShort = (limit: keyof QueueSize): boolean =>
      adding[limit] > 0 && most[limit] - known[limit] - adding[limit] < most[limit] / 2;
    if (Math.abs(now - known.at) > KNOWN_FOR || isShort('waiting') || isShort('delayed')) {
      known = { waiting: 0, delayed: 0, at: now };
      for (const { state, n } of await tx.all(counts, {})) known[limitOf(state)] += Number(n ?? 0);
    }
    const room = { waiting: most.waiting - known.waiting, delayed: most.delayed - known.delayed };
    known.waiting += adding.waiting;
    known.delayed += adding.delayed;
    return room;
  };
}
