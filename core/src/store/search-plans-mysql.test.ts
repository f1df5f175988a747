// Lists, searches and the sum of failures read stretches of an index on MySQL or MariaDB, and sort no rows.
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { fill } from '../../test/large-tables.ts';
import type { JobFilter } from './job-filter.ts';
import { type Row, Session } from './mysql/session.ts';

let kit: CoreKit;
beforeAll(async () => {
  kit = await openCore();
  await fill(kit);
  await sql`analyze table pwj_jobs`.execute(kit.dialect.db);
}, 240_000);
afterAll(() => kit.close());

/** The plans of the statements about jobs: the index they read, and their extra work. */
async function plansOf(work: () => Promise<unknown>): Promise<{ type: unknown; key: unknown; extra: string }[]> {
  const query = vi.spyOn(Session.prototype, 'query');
  await work();
  const sent = query.mock.calls.filter(([text]) => text.includes('pwj_jobs'));
  query.mockRestore();
  const plans = [];
  for (const [text, values = []] of sent) {
    const explain = { ...sql``.compile(kit.dialect.db), sql: `explain ${text}`, parameters: values };
    const { rows } = await kit.dialect.db.executeQuery<Row>(explain);
    plans.push(...rows.filter(({ table }) => table === 'pwj_jobs'));
  }
  return plans.map(({ type, key, Extra }) => ({ type, key, extra: String(Extra ?? '') }));
}

const lists: [JobFilter, index: string][] = [
  [{}, 'PRIMARY'],
  [{ type: 'type3', q: 'text' }, 'PRIMARY'],
  [{ status: 'failed' }, 'pwj_jobs_claim'],
  [{ status: ['failed', 'completed'], type: 'type3', q: 'error:x data.a:b' }, 'pwj_jobs_claim'],
  [{ schedule: 'plugin3/nightly' }, 'pwj_jobs_schedule'],
  [{ sort: 'oldest', status: 'failed', cursor: 'oldest.0190ffff' }, 'pwj_jobs_claim'],
  [{ sort: 'due', status: 'delayed' }, 'pwj_jobs_due'],
  [{ sort: 'due', cursor: 'due.4000000000011.0190ffff' }, 'pwj_jobs_due'],
  [{ sort: 'due', type: 'type1', from: 5, schedule: 'a/b', cursor: 'due.4000000000011.0190ffff' }, 'pwj_jobs_due'],
];

test.each(lists)('%j reads %s', async (filter, index) => {
  const plans = await plansOf(() => kit.core.reads.list(filter));
  const [first] = plans;
  expect(first?.key).toBe(index);
  for (const { type, key, extra } of plans) {
    expect(type).not.toBe('ALL');
    // The last statement takes the rows of a page by their ids.
    expect([index, 'PRIMARY']).toContain(key);
    expect(extra).not.toMatch(/filesort|temporary/);
  }
});

test('the summary of failures reads the claim index', async () => {
  const plans = await plansOf(() => kit.core.reads.failed());
  expect(new Set(plans.map(({ key }) => key))).toEqual(new Set(['pwj_jobs_claim']));
  for (const { type, extra } of plans)
    expect([type === 'ALL', /filesort|temporary/.test(extra)]).toEqual([false, false]);
});
