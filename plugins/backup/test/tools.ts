// The plugin's own parts, on the database and folder of a site of a test: for what no job and no route gives.
import { createStorage } from '../../files/src/storage.ts';
import { BackupConfig } from '../src/config.ts';
import { runsTable } from '../src/runs.ts';
import type { Database } from '../src/tables.ts';
import { targetOf } from '../src/target.ts';
import type { Running, Tools } from '../src/tools.ts';
import type { TestSite } from './kit.ts';

export function toolsOf({ jobs, config, targets, place, db }: TestSite, more: Partial<Tools> = {}): Tools {
  const settings = BackupConfig.parse(config);
  const { clock } = jobs;
  const storage = createStorage(targets, clock);
  return {
    config: settings,
    clock: {
      now: () => clock.now(),
      iso: (ms = clock.now()) => new Date(ms).toISOString(),
      rest: async () => {},
      after: () => () => {},
    },
    log: console,
    runs: runsTable(db as Database),
    place,
    storage,
    ...targetOf(storage),
    version: '0.1.0',
    isAlive: async () => true,
    ...more,
  };
}

/** What a run gets from a caller that does not follow it. */
export const running = (progress: Running['progress'] = () => {}): Running => ({
  owner: `hand/here/${process.pid}`,
  signal: new AbortController().signal,
  progress,
  log: { info() {}, warn() {} },
});
