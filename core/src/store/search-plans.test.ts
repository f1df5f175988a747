// Lists, searches and the sum of failures read stretches of an index on a table of 100,000 jobs, and sort no rows.
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { fill } from '../../test/large-tables.ts';
import type { JobFilter } from './job-filter.ts';

/** The rows of a stretch on their way, a small table, and the newest ids, as many as the limit says. */
const BOUNDED = /^SCAN (part|pwj_counts|pwj_jobs USING COVERING INDEX sqlite_autoindex_pwj_jobs_1)/;

let kit: CoreKit;
beforeAll(async () => {
  kit = await openCore();
  await fill(kit);
}, 60_000);
afterAll(() => kit.close());

async function sentBy(work: () => Promise<unknown>): Promise<string[]> {
  const prepare = vi.spyOn(BetterSqlite3.prototype, 'prepare');
  await work();
  const texts = prepare.mock.calls.map(([text]) => text).filter((text) => text.startsWith('select'));
  prepare.mockRestore();
  return [...new Set(texts)];
}

async function plan(text: string): Promise<string[]> {
  const query = { ...sql``.compile(kit.dialect.db), sql: `explain query plan ${text}` };
  const parameters = Array.from(text.matchAll(/\?/g), () => null);
  const { rows } = await kit.dialect.db.executeQuery<{ detail: string }>({ ...query, parameters });
  return rows.map(({ detail }) => detail);
}

const lists: JobFilter[] = [
  {},
  { cursor: '0190ffff', from: 5, to: 10 },
  { status: 'failed' },
  { status: ['pending', 'parked', 'failed', 'cancelled', 'completed', 'processing'], cursor: '0190ffff' },
  { type: 'type3' },
  { ids: ['01900000-0000-7000-8000-000000000000', 'unknown'], status: 'failed' },
  { status: 'completed', type: 'type3', plugin: 'plugin3', q: 'error:x data.a:b id:1' },
  { sort: 'oldest', cursor: 'oldest.0190ffff', from: 5 },
  { sort: 'oldest', status: 'failed', q: 'text' },
  { sort: 'due' },
  { sort: 'due', status: 'delayed', cursor: 'due.4000000000011.0190ffff' },
  { sort: 'due', status: 'pending', type: 'type1', from: 5, to: 99_999 },
  { sort: 'due', schedule: 'plugin3/nightly', q: 'text', cursor: 'due.4000000000011.0190ffff' },
  { schedule: 'plugin3/nightly' },
  { schedule: 'plugin3/nightly', status: 'failed', q: 'text' },
];

test.each(lists)('%j', async (filter) => {
  const texts = await sentBy(() => kit.core.reads.list(filter));
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(await bad(text)).toEqual([]);
});

test('the summary of failures', async () => {
  const texts = await sentBy(() => kit.core.reads.failed());
  expect(texts.join('\n')).toContain('"error"');
  for (const text of texts) expect(await bad(text)).toEqual([]);
});

const bad = async (text: string): Promise<string[]> =>
  (await plan(text)).filter(
    (step) =>
      (/^SCAN (?!CONSTANT)/.test(step) && !BOUNDED.test(step)) ||
      // The counts of each state, type and shard are summed in one.
      (step.includes('TEMP B-TREE') && !text.includes('pwj_counts')),
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
  const found = async (q: string) => (await kit.core.reads.list({ q })).records.map((record) => record.id);
  expect(await found(`${where}${text}`)).toEqual([id]);
  expect(await found(`${where}${text}z`)).toEqual([]);
});
