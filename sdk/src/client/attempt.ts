// One attempt to connect: goes through the ways, each with its own time, until one works or it is given up.
import type { Link, Opening } from './link.ts';
import { createTimer } from './timer.ts';
import type { Way } from './ways.ts';

/** Milliseconds a way may take. */
const PATIENCE = 10_000;
/** No answer at all, or a refusal: the other ways lead to the same server. */
const FOR_ALL_WAYS: unknown[] = [0, 401, 403];

/** Of a server that has answered. */
type Failure = Error & { status?: number } & Partial<Record<keyof Link, undefined>>;

/** The first link that opens; else why none did, where that was said. */
export async function attempt(ways: readonly Way[], opening: Opening): Promise<Link | Failure | undefined> {
  const timer = createTimer();
  let why: Failure | undefined;
  for (const way of ways) {
    const stop = new AbortController();
    const giveUp = (): void => stop.abort();
    timer(PATIENCE, giveUp);
    opening.signal.addEventListener('abort', giveUp);
    const link = await way.open({ ...opening, signal: stop.signal }).catch((error) => {
      why = error;
    });
    timer();
    if (link?.open) return link;
    if (opening.signal.aborted || FOR_ALL_WAYS.includes(why?.status)) break;
  }
  return why;
}
