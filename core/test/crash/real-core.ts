// A core on the real clock, on a database that others may share, with nothing around it.

import { type Core, createCore } from '../../src/core.ts';
import { systemClock, systemRandom } from '../../src/kernel/clock.ts';
import { type QueueSettings, resolveSettings } from '../../src/kernel/config.ts';
import { Ids } from '../../src/kernel/id.ts';
import { createLogger } from '../../src/kernel/logger.ts';
import { openDatabase } from '../../src/store/open.ts';

/** `queue` may go below the limits of the configuration. Not open yet: types are registered first. */
export async function realCore(database: string, queue: Partial<QueueSettings>): Promise<Core> {
  const settings = resolveSettings({});
  return createCore({
    dialect: await openDatabase(database, systemClock, systemRandom),
    settings: {
      ...settings,
      queue: { ...settings.queue, maxQueueSize: 100_000, maxDelayedJobs: 100_000, pollInterval: 50, ...queue },
    },
    clock: systemClock,
    random: systemRandom,
    ids: new Ids(systemClock, systemRandom),
    log: createLogger('silent'),
  });
}
