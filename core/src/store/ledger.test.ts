// The ledger between processes: each receives the commits of the others, in one order for all.
import { join } from 'node:path';
import type { JobEvent } from '@phraseworks/sdk';
import { sql } from 'kysely';
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

describe('two processes on one file', () => {
  test('deliver earlier commits of the other process before their own', async () => {
    const [a, b] = [await listen(), await listen()];
    await a.commit('a1');
    await b.commit('b1');
    await a.commit('a2');
    expect([a.heard, b.heard]).toEqual([
      ['a1', 'b1', 'a2'],
      ['a1', 'b1'],
    ]);
  });

  test('a process that starts receives only later commits', async () => {
    const a = await listen();
    await a.commit('a1');
    const b = await listen();
    await a.commit('a2');
    await b.ledger.catchUp();
    expect(b.heard).toEqual(['a2']);
  });
});

describe('a commit succeeds', () => {
  test('when another event row is corrupt: that one is skipped, the rest is delivered', async () => {
    const [a, b] = [await listen(), await listen()];
    await b.commit('b1');
    await sql`update pwj_events set events = '{"a'`.execute(b.dialect.db);
    await a.commit('a1');
    expect(a.heard).toEqual(['a1']);
    expect((await a.ledger.since(0, 10))?.events.map(({ event }) => event.jobId)).toEqual(['a1']);
  });

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
