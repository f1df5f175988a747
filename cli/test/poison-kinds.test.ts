// Kinds of poison next to a thousand good jobs: the good ones all complete, and each failure is charged to its job.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startChild } from '../../test/support/child.ts';
import { jobRows } from '../../test/support/database.ts';
import type { PoisonOrders } from './poison-site.ts';

const full = process.env.JOBS_TEST_FULL === '1';

const crashes = { state: 'failed', reason: 'crashed', lone_crashes: 3 };
const uncaught = { state: 'failed', reason: 'uncaught' };
/** What becomes of each. */
const SHORT = {
  'exit 0': crashes,
  timer: uncaught,
  rejection: uncaught,
  'late rejection': { state: 'completed' },
  emitter: uncaught,
  recursion: { state: 'failed', error: expect.stringContaining('call stack') },
  'huge result': { state: 'failed', reason: 'result_too_large' },
  'closed output': { state: 'completed' },
  'other folder': { state: 'completed' },
};
const LONG = { ...SHORT, 'exit 1': crashes, abort: crashes, kill: crashes, heap: crashes, loop: crashes };
const kinds: Record<string, object> = full ? { ...LONG, 'blocked thread': crashes } : SHORT;

test(`1,000 jobs all complete next to ${Object.keys(kinds).length} kinds of poison, and each failure is charged to its job`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pwj-kinds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const database = `sqlite:${join(folder, 'jobs.db')}`;
  const orders: PoisonOrders = { database, good: 1_000, kinds: Object.keys(kinds) };
  const site = startChild('../../cli/test/poison-site.ts', orders, {
    PORT: '0',
    NODE_OPTIONS: '--max-old-space-size=192',
  });
  await site.line('added');
  const ids = new Map<string, string>();
  for (const kind of Object.keys(kinds)) ids.set(await site.line(`poison ${kind}: `), kind);
  const waiting = async () =>
    (await jobRows(database)).filter(({ state }) => !['completed', 'failed'].includes(state)).length;
  await expect.poll(waiting, { timeout: 900_000, interval: 500 }).toBe(0);
  site.signal('SIGTERM');
  expect(await site.over).toBe(0);
  const rows = await jobRows(database);
  const good = rows.filter(({ id }) => !ids.has(id));
  expect([good.length, good.filter(({ state }) => state !== 'completed')]).toEqual([1_000, []]);
  const found = Object.fromEntries(rows.flatMap((row) => (ids.has(row.id) ? [[ids.get(row.id), row]] : [])));
  console.log(JSON.stringify(found));
  expect(found).toMatchObject(kinds);
  for (const [id, kind] of ids) if (kind === 'late rejection' || kind === 'exit 0') expect(site.errors()).toContain(id);
}, 1_000_000);
