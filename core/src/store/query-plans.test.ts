// Every statement that a running queue sends is served by an index on a table of 100,000 jobs.
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { leaveStatesAlone } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { fill, live } from '../../test/large-tables.ts';

/** Tables that stay small, and the one that is read from its old end, a bounded number of rows at a time. */
const SMALL = ['pwj_counts', 'pwj_totals', 'pwj_pauses', 'pwj_nodes'];
const BOUNDED = /^select .* from "pwj_events" order by "seq" limit \?$/;

let kit: CoreKit;
const sent = new Set<string>();

beforeAll(async () => {
  kit = await openCore();
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
      expect.stringMatching(/^SEARCH pwj_jobs USING COVERING INDEX pwj_jobs_claim \(state=\? AND lane=\?\)$/),
    ]);
    expect(await plan(claimable[0] as string)).toEqual([
      expect.stringMatching(/^SEARCH pwj_jobs USING INDEX pwj_jobs_claim \(state=\? AND lane=\? AND priority=\?\)$/),
    ]);
    expect(await plan(claim[0] as string)).toEqual([
      expect.stringMatching(
        /^SEARCH pwj_jobs USING INDEX pwj_jobs_claim \(state=\? AND lane=\? AND priority=\? AND id<\?\)$/,
      ),
    ]);
  });
});
