// Every statement that a running queue sends to MySQL or MariaDB is served by an index on a table of 100,000 jobs, and lists, searches and the sum of failures sort no rows.

import type { JobFilter } from '@phraseworks/sdk';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ALL_FREE } from '../../../test/suites/store/opened.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { fill, live } from '../../test/large-tables.ts';
import { Session } from './mysql/session.ts';
import type { Found } from './tx.ts';

/** Tables that stay small, also those of a single statement. */
const SMALL = [
  'pwj_counts',
  'pwj_totals',
  'pwj_pauses',
  'pwj_limits',
  'pwj_linked_types',
  'pwj_plugins',
  'pwj_nodes',
  'pwj_meta',
  'pwj_migrations',
  'pwj_lock',
];
const isSmall = (table: unknown): boolean =>
  typeof table !== 'string' || SMALL.includes(table) || table.startsWith('<');
/** Rows of an index that may be read from its end. */
const BOUNDED = 1_000;

let kit: CoreKit;
/** The first values of each text. */
const sent = new Map<string, readonly unknown[]>();

beforeAll(async () => {
  kit = await openCore({ queue: { retentionPeriod: 0 } });
  await fill(kit);
  await sql`analyze table pwj_jobs, pwj_attempts, pwj_logs, pwj_history, pwj_receipts, pwj_events`.execute(
    kit.dialect.db,
  );
  const query = vi.spyOn(Session.prototype, 'query');
  const later = vi.spyOn(Session.prototype, 'later');
  const last = vi.spyOn(Session.prototype, 'insertAndCommit');
  await live(kit);
  for (const [text, values = []] of [...query.mock.calls, ...later.mock.calls, ...last.mock.calls])
    if (/^\(?(select|update|delete|insert)/.test(text) && !sent.has(text)) sent.set(text, values);
  for (const spy of [query, later, last]) spy.mockRestore();
}, 240_000);
afterAll(() => kit.close());

interface Step {
  select: unknown;
  table: unknown;
  type: unknown;
  key: unknown;
  rows: number;
  extra: string;
}

async function plan(text: string): Promise<Step[]> {
  const { rows } = await kit.dialect.db.executeQuery<Found>({
    ...sql``.compile(kit.dialect.db),
    sql: `explain ${text}`,
    parameters: sent.get(text) ?? [],
  });
  return rows.map(({ select_type: select, table, type, key, rows, Extra }) => ({
    select,
    table,
    type,
    key,
    rows: Number(rows),
    extra: String(Extra ?? ''),
  }));
}

const isBad = ({ table, type, rows, extra }: Step): boolean =>
  !isSmall(table) &&
  (type === 'ALL' || (type === 'index' && rows > BOUNDED) || /Using (filesort|temporary)/.test(extra));

describe('on 100,000 jobs', () => {
  test('the statements of add, claim, settle, due, lease and retention were recorded', () => {
    const all = [...sent.keys()].join('\n');
    for (const part of [
      'insert into `pwj_jobs`',
      'for update skip locked',
      'run = run + 1',
      'insert into `pwj_attempts`',
      '`due_at` <= ?',
      'min(`due_at`)',
      '`lease_until` < ?',
      '`finished_at` < ?',
      'insert into `pwj_events`',
    ]) {
      expect(all).toContain(part);
    }
    expect(sent.size).toBeGreaterThan(35);
  });

  test('no statement scans a table or sorts', async () => {
    const slow: string[] = [];
    for (const text of sent.keys()) {
      if (text.startsWith('insert')) continue;
      const bad = (await plan(text)).filter(isBad);
      if (bad.length > 0) slow.push(`${text}\n    ${bad.map((step) => JSON.stringify(step)).join('\n    ')}`);
    }
    expect(slow).toEqual([]);
  });

  test('a claim reads one index, in its order', async () => {
    const heads = [...sent.keys()].filter((text) => text.startsWith('select type, ('));
    const pick = [...sent.keys()].filter((text) => /from pwj_jobs .* for update skip locked$/s.test(text));
    expect([heads.length > 0, pick.length > 0]).toEqual([true, true]);
    for (const text of [...heads, ...pick]) {
      const steps = (await plan(text)).filter(({ table }) => !isSmall(table));
      expect(steps.length).toBeGreaterThan(0);
      for (const { select, table, type, key, extra } of steps) {
        if (table === 'pwj_deadlines') {
          // Once for all jobs, whether any has a deadline; then that of each.
          expect([
            ['SUBQUERY', 'range'],
            ['DEPENDENT SUBQUERY', 'eq_ref'],
          ]).toContainEqual([select, type]);
          continue;
        }
        // A range where it goes on behind the last claim.
        expect(type).toMatch(/^(ref|range)$/);
        expect(key).toBe('pwj_jobs_claim');
        expect(extra).not.toMatch(/filesort|temporary/);
      }
    }
  });
});

/** The plans of the statements about jobs: the index they read, and their extra work. */
async function plansOf(work: () => Promise<unknown>): Promise<{ type: unknown; key: unknown; extra: string }[]> {
  const query = vi.spyOn(Session.prototype, 'query');
  await work();
  const sent = query.mock.calls.filter(([text]) => text.includes('pwj_jobs'));
  query.mockRestore();
  const plans = [];
  for (const [text, values = []] of sent) {
    const explain = { ...sql``.compile(kit.dialect.db), sql: `explain ${text}`, parameters: values };
    const { rows } = await kit.dialect.db.executeQuery<Found>(explain);
    plans.push(...rows.filter(({ table }) => table === 'pwj_jobs'));
  }
  return plans.map(({ type, key, Extra }) => ({ type, key, extra: String(Extra ?? '') }));
}

const lists: [JobFilter, index: string][] = [
  [{}, 'PRIMARY'],
  [{ type: 'type3', q: 'text' }, 'pwj_jobs_claim'],
  [{ status: 'failed' }, 'pwj_jobs_claim'],
  [{ status: ['failed', 'completed'], type: 'type3', q: 'error:x data.a:b' }, 'pwj_jobs_claim'],
  [{ schedule: 'plugin3/nightly' }, 'pwj_jobs_schedule'],
  [{ sort: 'oldest', status: 'failed', cursor: 'oldest.0190ffff' }, 'pwj_jobs_claim'],
  [{ sort: 'due', status: 'delayed' }, 'pwj_jobs_due'],
  [{ sort: 'due', cursor: 'due.4000000000011.0190ffff' }, 'pwj_jobs_due'],
  [{ sort: 'due', type: 'type1', from: 5, schedule: 'a/b', cursor: 'due.4000000000011.0190ffff' }, 'pwj_jobs_due'],
  [{ endedFrom: 5, endedTo: 4_000_000_000_000, cursor: 'ended.7.0190ffff' }, 'pwj_jobs_finished'],
];

test.each(lists)('%j reads %s', async (filter, index) => {
  const plans = await plansOf(() => kit.core.reads.list(filter, ALL_FREE));
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
  const plans = await plansOf(() => kit.core.reads.ended({ state: 'failed', looked: 2_000 }));
  expect(new Set(plans.map(({ key }) => key))).toEqual(new Set(['pwj_jobs_claim']));
  for (const { type, extra } of plans)
    expect([type === 'ALL', /filesort|temporary/.test(extra)]).toEqual([false, false]);
});
