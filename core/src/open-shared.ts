// Opens the database of an instance, and the time that all processes on it share.
import type { Clock } from './clock.ts';
import { refuseMoved } from './db/move/moved.ts';
import { type HostDatabase, openDatabase } from './db/open.ts';
import { sharedClock } from './db/server-clock.ts';
import type { Logger } from './logger.ts';
import type { Surroundings } from './options.ts';

/** `stop` ends the look at the time. Throws `INVALID_CONFIG`, also for a database whose jobs have moved to another one. */
export async function openShared(
  database: string | HostDatabase,
  { clock, random, patience = 0 }: Surroundings,
  log: Logger,
) {
  const dialect = await openDatabase(database, clock, random, { log, patience });
  try {
    await refuseMoved(dialect);
    const shared: { clock: Clock; stop: () => void } = await sharedClock(dialect, clock);
    return { dialect, ...shared };
  } catch (error) {
    await dialect.close();
    throw error;
  }
}
