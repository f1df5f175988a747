// All followers of the page's connection.
import type { JobMessage } from '../job.ts';
import type { ClientError } from './client-error.ts';
import { covers, type Follower, matches, type Wanted } from './follower.ts';

/** Codes that do not concern a single follower. */
const FOR_ALL = ['UNAVAILABLE', 'UNAUTHORIZED'];

export function createFollowers() {
  const all = new Set<Follower>();
  /** Followers that miss nothing from now on. */
  let informed = new WeakSet<Follower>();
  const each = (call: (follower: Follower) => unknown): void => {
    for (const follower of [...all]) safely(() => call(follower));
  };
  return {
    all,
    tell: (message: JobMessage): void =>
      each((follower) => matches(follower.filter, message.data) && follower.hear(message)),
    resync: (): void => each((follower) => follower.resync()),
    /** A refused follower ends alone. Throws `ClientError` if the server does not answer or requires a sign-in. */
    look: (): Promise<unknown> =>
      Promise.all(
        Array.from(all, (follower) =>
          follower.look().catch((error) => {
            if (FOR_ALL.includes(error.code)) throw error;
            follower.end(error);
          }),
        ),
      ),
    /** Notifies the followers covered by `asked`, as the server understood it; true if there are others. */
    inform: (asked: readonly Wanted[]): boolean => {
      let isMissing = false;
      each((follower) => {
        if (!asked.every((wanted) => covers(wanted, follower.filter))) isMissing = true;
        else if (!informed.has(follower)) {
          informed.add(follower);
          follower.ready();
        }
      });
      return isMissing;
    },
    /** Events are missed from now on. */
    leaveAlone: (): void => {
      informed = new WeakSet();
    },
    /** Followers admitted before wait for a better time. */
    refuse: (error: ClientError): void => each((follower) => informed.has(follower) || follower.end(error)),
    end: (): void => {
      each((follower) => follower.end());
      all.clear();
    },
  };
}

/** An error in one handler must not affect the others: it is reported as uncaught. */
export function safely(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
