// Notes in the log of who did what that something was done over HTTP.
import type { Logger } from '@phraseworks/sdk';
import { messageOf } from '../kernel/errors.ts';
import type { Deed, LogStore } from '../store/log-store.ts';

/** What a route adds to the entry beside its name and the names in its address. */
export type Told = Partial<Pick<Deed, 'target' | 'detail'>>;

interface Books {
  log: Logger;
  logStore: LogStore;
}

/** It has been done: a log that cannot be written takes nothing back, and the log of the server has the same line. */
export async function noteDeed({ log, logStore }: Books, deed: Deed): Promise<void> {
  const { user, action, target, detail } = deed;
  const words = [action, target, detail ?? ''].filter((word) => word !== '').join(' ');
  log.info(`${words} by ${user ?? 'somebody without a name'}`);
  try {
    await logStore.add(deed);
  } catch (error) {
    log.warn(`The log of who did what cannot be written now: ${messageOf(error)}`);
  }
}
