// The ledger between processes: each receives the commits of the others, in one order for all.
import { join } from 'node:path';
import type { JobEvent } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { ManualClock } from '../../../testing/src/manual-clock.ts';
import { openTestDatabase } from '../../test/core-kit.ts';
import type { Dialect } from './dialect.ts';
import { Ledger } from './ledger.ts';

let folder: string;
let dialects: Dialect[];
beforeEach(async () => {
  folder = await temporaryFolder();
  dialects = [];
});
afterEach(async () => {
  for (const dialect of dialects) await dialect.close();
});

async function listen() {
  const dialect = await openTestDatabase(join(folder, 'jobs.db'));
  dialects.push(dialect);
  const ledger = new Ledger(dialect, 'n', new ManualClock());
  const heard: string[] = [];
  const ids: number[] = [];
  await ledger.start();
  ledger.onCommit((events) => {
    heard.push(...events.map(({ event }) => event.jobId));
    ids.push(...events.map(({ id }) => id));
  });
  const commit = (jobId: string) =>
    ledger.transact(async (_tx, changes) => {
      const event: JobEvent = {
        event: 'job_added',
        jobId,
        jobType: 't',
        plugin: null,
        status: 'pending',
        attempt: 0,
        at: '',
      };
      changes.event(event);
    });
  return { dialect, ledger, heard, ids, commit };
}

describe('a commit succeeds', () => {
  test('when the read after it fails: the missed events are delivered with the next commit', async () => {
    const [a, b] = [await listen(), await listen()];
    await b.commit('b1');
    const { read } = a.dialect;
    a.dialect.read = () => Promise.reject(new Error('cannot be read now'));
    await a.commit('a1');
    expect(a.heard).toEqual([]);
    a.dialect.read = read;
    await a.commit('a2');
    expect(a.heard).toEqual(['b1', 'a1', 'a2']);
  });
});
