import { type Dialect, refuseMoved } from '@phraseworks/jobs/internals/core';
import { expect, test } from 'vitest';
import { byHand, leaveStatesAlone } from '../../../core/test/by-hand.ts';
import {
  DIRECTIONS,
  fillDatabase,
  freshUrl,
  LARGE,
  MOVE_CONTEXT,
  moveOver,
  open,
  openForTest,
  TEXTS,
} from '../../test/move-rig.ts';
import { readRecord } from './copy.ts';
import { undoMove } from './move.ts';

for (const [from, to] of DIRECTIONS) {
  const fresh = async (rows: number) => {
    const source = await openForTest(await freshUrl(from));
    const target = await openForTest(await freshUrl(to));
    await fillDatabase(source, rows);
    return { source, target };
  };

  test(`${from} to ${to}: every row arrives unchanged, with texts and numbers that engines may change`, async () => {
    const { source, target } = await fresh(1_200);
    const moved = await moveOver(source, target);
    expect(moved).toMatchObject({ complete: true, renewed: [] });
    for (const table of [
      'pwj_jobs',
      'pwj_schedules',
      'pwj_logs',
      'pwj_receipts',
      'pwj_uploads',
      'pwj_counts',
      'pwj_minutes',
      'pwj_pauses',
      'pwj_log',
    ] as const) {
      const all = (db: typeof source.reader) => db.selectFrom(table).selectAll().execute();
      const texts = (rows: object[]) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
      expect(texts(await all(target.reader))).toEqual(texts(await all(source.reader)));
    }
    const jobs = await target.reader.selectFrom('pwj_jobs').selectAll().orderBy('id').execute();
    expect(jobs).toHaveLength(1_200);
    expect(jobs[1]?.data).toBe(LARGE);
    expect(jobs[0]).toMatchObject({ reason: TEXTS[1], created_at: Number.MAX_SAFE_INTEGER, idempotency_key: 'key 0 ' });
    expect(jobs.slice(0, 8).map((job) => job.message)).toEqual(TEXTS.slice(3, 11).map(asRead));
  });

  test(`${from} to ${to}: both sides have the same checksums, and so has the copy of the copy`, async () => {
    const { source, target } = await fresh(300);
    const there = await moveOver(source, target);
    const third = await openForTest(await freshUrl(from));
    const back = await moveOver(target, third);
    expect(there.proofs.length).toBeGreaterThan(10);
    for (const [i, { table, checksum, rows }] of there.proofs.entries()) {
      expect(checksum.target, table).toBe(checksum.source);
      expect(back.proofs[i], table).toMatchObject({ table, rows, checksum });
    }
  });

  test(`${from} to ${to}: a move that was cut off in the middle of a table continues there`, async () => {
    const { source, target } = await fresh(1_000);
    let seen = 0;
    const cut = moveOver(source, target, undefined, ({ phase, table, rows }) => {
      seen = Math.max(seen, table === 'pwj_jobs' && phase === 'copy' ? rows : 0);
      if (seen > 200) throw new Error('cut');
    });
    await expect(cut).rejects.toThrow('cut');
    const half = await readRecord(target.reader);
    expect(half).toMatchObject({ state: 'copying', tables: { pwj_jobs: { rows: seen, done: false } } });
    await expect(refuseMoved(target)).rejects.toThrow(/not finished/);
    const moved = await moveOver(source, target);
    expect(moved).toMatchObject({ complete: true, renewed: [] });
    expect(moved.copied).toBeLessThan(moved.proofs.reduce((sum, { rows }) => sum + rows.source, 0));
  });

  test(`${from} to ${to}: what changed on the source between two runs is copied again`, async () => {
    const { source, target } = await fresh(400);
    await expect(
      moveOver(source, target, undefined, ({ phase }) => {
        if (phase === 'verify') throw new Error('cut');
      }),
    ).rejects.toThrow('cut');
    await leaveStatesAlone(source.db);
    await source.transaction(async ({ db }) => {
      await byHand(db).updateTable('pwj_jobs').set({ state: 'cancelled' }).where('lane', '=', 'default').execute();
      await db.deleteFrom('pwj_logs').execute();
    });
    const moved = await moveOver(source, target);
    expect(moved).toMatchObject({ complete: true, renewed: ['pwj_jobs', 'pwj_logs'] });
    const left = await target.reader.selectFrom('pwj_logs').select('line').execute();
    expect(left).toEqual([]);
  });
}

/** A lone surrogate cannot be stored as text: what the database returns for it is moved. */
const asRead = (text: string): string | RegExp =>
  text.includes('\ud800') ? expect.stringMatching(/^alone \ufffd+ in the text$/) : text;

test('after a move the source is closed with the name of the new place, and the target is open', async () => {
  const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(await freshUrl(to));
  await refuseMoved(source);
  await moveOver(source, target);
  await expect(refuseMoved(source)).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringMatching(/moved to sqlite:new\.db at 20.*move --undo/),
  });
  await refuseMoved(target);
});

test('a second process that moves into the same database is refused, and nothing is copied twice', async () => {
  const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];
  const url = await freshUrl(to);
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(url);
  await fillDatabase(source, 300);
  const other = await open(url);
  let second: Promise<unknown> | undefined;
  const first = moveOver(source, target, undefined, () => {
    second ??= moveOver(source, other).then(
      () => 'moved',
      () => 'refused',
    );
  });
  const outcomes = [await first.then(() => 'moved').catch(() => 'refused'), await second];
  await other.close();
  expect(outcomes).toContain('refused');
  const again = outcomes.includes('moved') ? undefined : await moveOver(source, target);
  expect(again?.complete ?? true).toBe(true);
  const { n } = await target.reader
    .selectFrom('pwj_jobs')
    .select((e) => e.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  expect(Number(n)).toBe(300);
});

async function moved() {
  const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(await freshUrl(to));
  await fillDatabase(source, 20);
  const { plan } = await moveOver(source, target);
  return { source, target, undo: (other: Dialect = target) => undoMove(source, other, plan.tables, MOVE_CONTEXT) };
}

test('a move that is undone opens the source and closes the target, and can be made again', async () => {
  const { source, target, undo } = await moved();
  await undo();
  await refuseMoved(source);
  await expect(refuseMoved(target)).rejects.toThrow(/was undone/);
  await fillDatabase(source, 25, 20);
  const again = await moveOver(source, target);
  expect(again.complete).toBe(true);
  expect(again.renewed).toContain('pwj_jobs');
  await refuseMoved(target);
});

test('a move is not undone once something has happened in the target', async () => {
  const { source, target, undo } = await moved();
  await leaveStatesAlone(target.db);
  await target.transaction(({ db }) => byHand(db).updateTable('pwj_jobs').set({ state: 'cancelled' }).execute());
  await expect(undo()).rejects.toThrow(/used since: its table pwj_jobs/);
  await expect(refuseMoved(source)).rejects.toThrow(/moved to/);
  await refuseMoved(target);
});

test('an undo needs the database that holds the move, and a move that was made', async () => {
  const { undo, source } = await moved();
  await expect(undo(await openForTest(await freshUrl('sqlite')))).rejects.toThrow(/does not hold this move/);
  await undo();
  await expect(undo()).rejects.toThrow(/was not moved/);
  await refuseMoved(source);
});

test('an undo that was interrupted between its two steps is completed when it runs again', async () => {
  const { source, target, undo } = await moved();
  await undo();
  await source.transaction(async ({ db }) => {
    await db.insertInto('pwj_meta').values({ key: 'moved_to', value: '{"to":"x","at":1}' }).execute();
  });
  await undo();
  await refuseMoved(source);
  await expect(refuseMoved(target)).rejects.toThrow(/was undone/);
});
