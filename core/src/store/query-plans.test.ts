// Every statement that a running queue sends is served by an index on a table of 100,000 jobs, and lists, searches and the sum of failures sort no rows.

import type { JobFilter } from '@phraseworks/sdk';
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ALL_FREE } from '../../../test/suites/store/opened.ts';
import { leaveStatesAlone } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { fill, live } from '../../test/large-tables.ts';

/** Tables that stay small, and the one that is read from its old end, a bounded number of rows at a time. */
const SMALL = ['pwj_counts', 'pwj_totals', 'pwj_pauses', 'pwj_limits', 'pwj_linked_types', 'pwj_plugins', 'pwj_nodes'];
const BOUNDED = /^select .* from "pwj_events" order by "seq" limit \?$/;

/** The rows of a stretch on their way, a small table, and the newest ids, as many as the limit says. */
const STRETCH = /^SCAN (part|pwj_counts|pwj_jobs USING COVERING INDEX sqlite_autoindex_pwj_jobs_1)/;

let kit: CoreKit;
const sent = new Set<string>();

beforeAll(async () => {
  kit = await openCore({ queue: { retentionPeriod: 0 } });
  await leaveStatesAlone(kit.dialect.db);
  await fill(kit);
  const prepare = vi.spyOn(BetterSqlite3.prototype, 'prepare');
  await live(kit);
  for (const [text] of prepare.mock.calls) if (/^(select|update|delete|insert)/.test(text)) sent.add(text);
  prepare.mockRestore();
}, 60_000);
afterAll(() => kit.close());

async function plan(text: string): Promise<string[]> {
  const parameters = Array.from(text.matchAll(/\?/g), () => null);
  const result = await kit.dialect.db.executeQuery<{ detail: string }>({
    ...sql``.compile(kit.dialect.db),
    sql: `explain query plan ${text}`,
    parameters,
  });
  return result.rows.map((row) => row.detail);
}

describe('on 100,000 jobs', () => {
  test('the statements of add, claim, settle, due, lease and retention were recorded', () => {
    const all = [...sent].join('\n');
    for (const part of [
      'insert into "pwj_jobs"',
      '"run" = "run" + ?',
      'insert into "pwj_attempts"',
      '"due_at" <= ?',
      'min("due_at")',
      '"lease_until" < ?',
      '"finished_at" < ?',
      'insert into "pwj_events"',
    ]) {
      expect(all).toContain(part);
    }
    expect(sent.size).toBeGreaterThan(35);
  });

  test('no statement scans a table or sorts', async () => {
    const slow: string[] = [];
    for (const text of sent) {
      const steps = await plan(text);
      const bad = steps.filter(
        (step) =>
          (/^SCAN (?!CONSTANT)/.test(step) && !SMALL.some((table) => step.includes(table)) && !BOUNDED.test(text)) ||
          step.includes('TEMP B-TREE'),
      );
      if (bad.length > 0) slow.push(`${text}\n    ${bad.join('\n    ')}`);
    }
    expect(slow).toEqual([]);
  });

  test('a claim reads one index, in its order', async () => {
    const head = [...sent].filter((text) => /^select "priority", "id" from "pwj_jobs"/.test(text));
    const claimable = [...sent].filter((text) => text.includes('"run" + ? as "run"'));
    const claim = [...sent].filter((text) => text.includes('"run" = "run" + ?'));
    expect([head.length, claimable.length, claim.length]).toEqual([1, 1, 1]);
    expect(await plan(head[0] as string)).toEqual([
      expect.stringMatching(
        /^SEARCH pwj_jobs USING COVERING INDEX pwj_jobs_claim \(state=\? AND type=\? AND priority>\?\)$/,
      ),
    ]);
    expect(await plan(claimable[0] as string)).toEqual([
      expect.stringMatching(/^SEARCH pwj_jobs USING INDEX pwj_jobs_claim \(state=\? AND type=\? AND priority=\?\)$/),
      ...['waits_until', 'give_up_at'].flatMap(() => [
        expect.stringMatching(/^SCALAR SUBQUERY/),
        'SEARCH pwj_deadlines USING PRIMARY KEY (job_id>?)',
        expect.stringMatching(/^CORRELATED SCALAR SUBQUERY/),
        'SEARCH pwj_deadlines USING PRIMARY KEY (job_id=?)',
      ]),
    ]);
    expect(await plan(claim[0] as string)).toEqual([
      expect.stringMatching(
        /^SEARCH pwj_jobs USING INDEX pwj_jobs_claim \(state=\? AND type=\? AND priority=\? AND id<\?\)$/,
      ),
    ]);
  });
});

async function sentBy(work: () => Promise<unknown>): Promise<string[]> {
  const prepare = vi.spyOn(BetterSqlite3.prototype, 'prepare');
  await work();
  const texts = prepare.mock.calls.map(([text]) => text).filter((text) => text.startsWith('select'));
  prepare.mockRestore();
  return [...new Set(texts)];
}

const OWNED = { ...ALL_FREE, ownerOf: (type: string) => type.replace('type', 'plugin') };
const lists: JobFilter[] = [
  {},
  { cursor: '0190ffff', from: 5, to: 10 },
  { status: 'failed' },
  { status: ['pending', 'parked', 'failed', 'cancelled', 'completed', 'processing'], cursor: '0190ffff' },
  { type: 'type3' },
  { ids: ['01900000-0000-7000-8000-000000000000', 'unknown'], status: 'failed' },
  { status: 'failed', type: 'type3', plugin: 'plugin3', q: 'error:x data.a:b id:1' },
  { sort: 'oldest', cursor: 'oldest.0190ffff', from: 5 },
  { sort: 'oldest', status: 'failed', q: 'text' },
  { sort: 'due' },
  { sort: 'due', status: 'delayed', cursor: 'due.4000000000011.0190ffff' },
  { sort: 'due', status: 'pending', type: 'type1', from: 5, to: 99_999 },
  { sort: 'due', schedule: 'plugin3/nightly', q: 'text', cursor: 'due.4000000000011.0190ffff' },
  { endedFrom: 5, endedTo: 4_000_000_000_000, cursor: 'ended.7.0190ffff' },
  { schedule: 'plugin3/nightly' },
  { type: 'type3', key: '1' },
  { schedule: 'plugin3/nightly', status: 'failed', q: 'text' },
];

test.each(lists)('%j', async (filter) => {
  const texts = await sentBy(() => kit.core.reads.list(filter, OWNED));
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(await badStepsOf(text)).toEqual([]);
});

test('few jobs by when they ended are read as they are', async () => {
  const texts = await sentBy(() => kit.core.reads.list({ sort: 'ended', status: 'failed', type: 'type3' }, OWNED));
  const steps = (await Promise.all(texts.map(plan))).flat().filter((step) => step.includes('pwj_jobs '));
  for (const step of steps) expect(step).toMatch(/pwj_jobs_claim \(state=\? AND type=\? AND priority=\?\)|\(id=\?\)/);
});

test('the summary of failures', async () => {
  const texts = await sentBy(() => kit.core.reads.ended({ state: 'failed', looked: 2_000 }));
  expect(texts.join('\n')).toContain('"error"');
  for (const text of texts) expect(await badStepsOf(text)).toEqual([]);
});

const badStepsOf = async (text: string): Promise<string[]> =>
  (await plan(text)).filter(
    (step) =>
      (/^SCAN (?!CONSTANT)/.test(step) && !STRETCH.test(step)) ||
      // The counts of each state, type and shard are summed in one.
      // The index of ends has no ids, so those of one millisecond are sorted.
      (/TEMP B-TREE(?! FOR LAST TERM)/.test(step) && !text.includes('pwj_counts')),
  );

// SQLite refuses so long a pattern of LIKE, which is slow with repetitive ones.
test.each([
  ['a', ''],
  ['b', 'error:'],
  ['c', 'data.text:'],
])('a long and repetitive word is found: %s, %s', async (letter, where) => {
  const text = `${letter.repeat(60_000)}X`;
  const id = await kit.add({ type: 'type1', data: { text } });
  await kit.dialect.db.updateTable('pwj_jobs').set({ error: text }).where('id', '=', id).execute();
  const found = async (q: string) => (await kit.core.reads.list({ q }, ALL_FREE)).records.map((record) => record.id);
  expect(await found(`${where}${text}`)).toEqual([id]);
  expect(await found(`${where}${text}z`)).toEqual([]);
});
