// One attempt to connect: goes through the ways, each with its own time, until one works or it is given up.
import { ClientError } from './client-error.ts';
import type { Link, Opening } from './link.ts';
import { createTimer } from './timer.ts';
import type { Way } from './ways.ts';

/** Milliseconds a way may take. */
const PATIENCE = 10_000;
/** No answer at all, or a refusal: the other ways lead to the same server. */
const FOR_ALL_WAYS = [0, 401, 403];

/** The first link that opens; else why none did. Undefined when the signal of the opening ended it. */
export async function attempt(ways: readonly Way[], opening: Opening): Promise<Link | Error | undefined> {
  const timer = createTimer();
  let why = new Error();
  for (const way of ways) {
    const stop = new AbortController();
    const giveUp = (): void => stop.abort();
    timer(PATIENCE, giveUp);
    opening.signal.addEventListener('abort', giveUp);
    const link = await way.open({ ...opening, signal: stop.signal }).catch((error) => {
      why = error;
    });
    timer();
    opening.signal.removeEventListener('abort', giveUp);
    if (opening.signal.aborted) {
      link?.close();
      return undefined;
    }
    if (link?.open) return link;
    if (why instanceof ClientError && FOR_ALL_WAYS.includes(why.status)) break;
  }
  return why;
}
