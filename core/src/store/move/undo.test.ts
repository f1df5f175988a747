import { expect, test } from 'vitest';
import { byHand, leaveStatesAlone } from '../../../test/by-hand.ts';
import { AROUND, DIRECTIONS, fillDatabase, freshUrl, moveOver, openForTest } from '../../../test/move-rig.ts';
import type { Dialect } from '../dialect.ts';
import { refuseMoved } from './moved.ts';
import { undoMove } from './undo.ts';

const [from, to] = DIRECTIONS[0] ?? ['sqlite', 'sqlite'];

async function moved() {
  const source = await openForTest(await freshUrl(from));
  const target = await openForTest(await freshUrl(to));
  await fillDatabase(source, 20);
  const { plan } = await moveOver(source, target);
  return { source, target, undo: (other: Dialect = target) => undoMove(source, other, plan.tables, AROUND) };
}

test('a move that is taken back opens the source and closes the target, and can be made again', async () => {
  const { source, target, undo } = await moved();
  await undo();
  await refuseMoved(source);
  await expect(refuseMoved(target)).rejects.toThrow(/taken back/);
  await fillDatabase(source, 25, 20);
  const again = await moveOver(source, target);
  expect(again.complete).toBe(true);
  expect(again.renewed).toContain('pwj_jobs');
  await refuseMoved(target);
});

test('a move is not taken back once something has happened in the target', async () => {
  const { source, target, undo } = await moved();
  await leaveStatesAlone(target.db);
  await target.transaction(({ db }) => byHand(db).updateTable('pwj_jobs').set({ state: 'cancelled' }).execute());
  await expect(undo()).rejects.toThrow(/worked on since: its table pwj_jobs/);
  await expect(refuseMoved(source)).rejects.toThrow(/moved to/);
  await refuseMoved(target);
});

test('only the database that holds the move can be named, and only a move that was made', async () => {
  const { undo, source } = await moved();
  await expect(undo(await openForTest(await freshUrl(to)))).rejects.toThrow(/does not hold this move/);
  await undo();
  await expect(undo()).rejects.toThrow(/was not moved/);
  await refuseMoved(source);
});

test('an undo that was cut off between its two steps ends when it is run again', async () => {
  const { source, target, undo } = await moved();
  await undo();
  await source.transaction(async ({ db }) => {
    await db.insertInto('pwj_meta').values({ key: 'moved_to', value: '{"to":"x","at":1}' }).execute();
  });
  await undo();
  await refuseMoved(source);
  await expect(refuseMoved(target)).rejects.toThrow(/taken back/);
});
