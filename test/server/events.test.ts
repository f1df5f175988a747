// Commits that become visible in another order than their numbers: every node receives every event once, in the order of its job.
import type { JobEvent } from '@phraseworks/sdk';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { iso, systemClock, systemRandom } from '../../core/src/kernel/clock.ts';
import { resolveSettings } from '../../core/src/kernel/config.ts';
import { identify } from '../../core/src/kernel/identity.ts';
import { createLogger } from '../../core/src/kernel/logger.ts';
import { Wakeup } from '../../core/src/queue/wakeup.ts';
import { encodeEvents, type StoredEvent } from '../../core/src/store/event-codec.ts';
import { Ledger } from '../../core/src/store/ledger.ts';
import { openDatabase } from '../../core/src/store/open.ts';
import type { WriteHealth } from '../../core/src/store/write-health.ts';
import { pass } from './load.ts';
import { connectTo, serverOfFile } from './rig.ts';
import { seeded } from './seeded.ts';

vi.setConfig({ testTimeout: 60_000 });

const server = serverOfFile();
beforeEach(async () => {
  const root = await connectTo(server().port);
  await root.query('drop database jobs');
  await root.query('create database jobs');
});

interface Node {
  ledger: Ledger;
  heard: { job: string; step: number; id: number }[];
}

const event = (job: string, step: number): JobEvent => ({
  event: 'job_progress',
  jobId: job,
  jobType: 't',
  plugin: null,
  status: 'processing',
  attempt: step,
  at: iso(0),
});

/** A process that reads all the time and records its events. */
async function node(name: string): Promise<Node> {
  const dialect = await openDatabase(server().url, systemClock, systemRandom);
  const ledger = new Ledger({ dialect, identity: identify(name), clock: systemClock });
  const heard: Node['heard'] = [];
  ledger.feed.onCommit((events: readonly StoredEvent[]) => {
    for (const {
      id,
      event: { jobId, attempt },
    } of events)
      heard.push({ job: jobId, step: attempt, id });
  });
  await ledger.feed.start();
  const wakeup = new Wakeup({
    ledger,
    clock: systemClock,
    log: createLogger('silent'),
    settings: resolveSettings({ queue: { pollInterval: 20 } }),
    storage: { failed: () => {} } as unknown as WriteHealth,
  });
  wakeup.start();
  onTestFinished(async () => {
    await wakeup.stop();
    ledger.feed.stop();
    await dialect.close();
  });
  return { ledger, heard };
}

const nodes = (): Promise<Node[]> => Promise.all(['a', 'b', 'c'].map(node));
const write = ({ ledger }: Node, job: string, step: number): Promise<void> =>
  ledger.transact(async (_tx, changes) => changes.event(event(job, step)));

/** Another transaction that has its number and is still open. */
async function open(job: string): Promise<{ commit(): Promise<unknown>; rollback(): Promise<unknown> }> {
  const connection = await connectTo(server().port);
  await connection.query('start transaction');
  await connection.query(
    "insert into pwj_events (at, node, kinds, events) values (0, 'elsewhere', 'job_progress', ?)",
    [encodeEvents([event(job, 1)])],
  );
  return { commit: () => connection.query('commit'), rollback: () => connection.query('rollback') };
}

const names = (heard: Node['heard']): string[] => heard.map(({ job, step }) => `${job} ${step}`);
const poll = <T>(ask: () => T) => expect.poll(ask, { timeout: 15_000, interval: 20 });

test('three processes that write at once, with transactions left open, each receive every event once', async () => {
  const all = await nodes();
  const random = seeded(13);
  const wanted: string[] = [];
  const writer = async (job: string): Promise<void> => {
    for (let step = 1; step <= 20; step += 1) {
      wanted.push(`${job} ${step}`);
      await write(all[Math.floor(random() * all.length)] as Node, job, step);
    }
  };
  const holder = async (job: string): Promise<void> => {
    wanted.push(`${job} 1`);
    const held = await open(job);
    await pass(random() * 600);
    await held.commit();
  };
  const held = async (): Promise<void> => {
    for (let i = 0; i < 10; i += 1) await holder(`held ${i}`);
  };
  await Promise.all([...Array.from({ length: 9 }, (_, i) => writer(`job ${i}`)), held(), holder('late')]);
  for (const { heard } of all) {
    await poll(() => heard.length).toBeGreaterThanOrEqual(wanted.length);
    expect(names(heard).sort()).toEqual([...wanted].sort());
    for (let i = 0; i < 9; i += 1)
      expect(heard.filter(({ job }) => job === `job ${i}`).map(({ step }) => step)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 1),
      );
  }
});

test('an event of a transaction open for longer than the wait reaches each process and each replay once, after its commit', async () => {
  const all = await nodes();
  const held = await open('held');
  await write(all[0] as Node, 'other', 1);
  for (const { heard } of all) await poll(() => names(heard)).toEqual(['other 1']);
  await held.commit();
  for (const { heard } of all) await poll(() => names(heard)).toEqual(['other 1', 'held 1']);
  for (const { ledger, heard } of all) {
    const missed = await ledger.feed.since(heard[0]?.id ?? 0, 10);
    expect(missed?.events.map(({ id, event: { jobId } }) => ({ id, jobId }))).toEqual([
      { id: heard[1]?.id, jobId: 'held' },
    ]);
  }
});

test('events after unused numbers reach each process once, in order', async () => {
  const all = await nodes();
  const [writer] = all as [Node];
  for (let i = 1; i <= 20; i += 1) {
    await (await open('never')).rollback();
    await write(writer, 'job', i);
  }
  for (const { heard } of all) {
    await poll(() => heard.length).toBe(20);
    expect(heard.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  }
});
