// Paused types and plugins: none of their jobs begin, none are lost, and all go on in order.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { iso } from '../kernel/clock.ts';
import { HoldStore } from '../store/holds.ts';

let folder: string;
let kit: CoreKit;
let ran: number[];

const open = async (): Promise<CoreKit> => {
  const one = await openCore({ path: join(folder, 'jobs.db') });
  one.register('mail', async ({ n }: { n: number }) => void ran.push(n), {}, 'post');
  return one;
};

beforeEach(async () => {
  ran = [];
  folder = await temporaryFolder();
  kit = await open();
});
afterEach(() => kit.close());

const add = (type: string, n: number, more: object = {}) => kit.add({ type, data: { n }, ...more });
const { pause, resume } = {
  pause: (of: Partial<Parameters<CoreKit['core']['holds']['pause']>[0]> = {}) =>
    kit.core.holds.pause({ kind: 'type', name: 'mail', ...of }),
  resume: () => kit.core.holds.resume('type', 'mail'),
};

test('a process that does not know of a pause or a resume learns of it at its next claim', async () => {
  const other = await open();
  await other.core.startWorker();
  await pause();
  const id = await add('mail', 1);
  other.core.writes.requestClaim();
  await other.idle();
  expect([ran, await kit.state(id), (await kit.row(id)).run]).toEqual([[], 'ready', 0]);
  await resume();
  await other.core.wakeup.check();
  await other.idle();
  expect(ran).toEqual([1]);
  await other.close();
});

test('jobs keep their place while their type is paused, and no row of theirs is written', async () => {
  await kit.core.startWorker();
  await pause();
  for (const n of [1, 2, 3, 4]) await add('mail', n, { priority: n === 4 ? 'high' : 'normal' });
  const before = await kit.dialect.reader.selectFrom('pwj_jobs').selectAll().orderBy('id').execute();
  await kit.clock.advance(60_000);
  expect(await kit.dialect.reader.selectFrom('pwj_jobs').selectAll().orderBy('id').execute()).toEqual(before);
  await resume();
  await kit.idle();
  expect(ran).toEqual([4, 1, 2, 3]);
});

test('held jobs cannot be run by hand, and the error gives the reason', async () => {
  const ids = [await add('mail', 1), await add('mail', 2, { delay: 60_000 })];
  await pause();
  for (const id of ids)
    await expect(kit.core.actions.run(id)).rejects.toThrow('(paused). Resume its type or plugin first.');
  expect(await kit.state(ids[1] as string)).toBe('scheduled');
});

test('a read that began before a pause and ends after it does not undo it', async () => {
  const { holds, registry } = kit.core;
  const store = kit.core.services.get(HoldStore);
  const before = await store.read();
  let end = (): void => {};
  vi.spyOn(store, 'read').mockImplementationOnce(
    () =>
      new Promise((resolve) => {
        end = () => resolve(before);
      }),
  );
  const slow = holds.reload();
  await pause();
  end();
  await slow;
  expect(registry.heldHere('mail')).toBe('paused');
});

test('a pause for a time says why, and ends by itself', async () => {
  const made = await pause({ duration: 3_600_000, reason: ' The server moves. ' });
  expect(made).toMatchObject({ reason: 'The server moves.', until: iso(kit.clock.now() + 3_600_000) });
  await kit.clock.advance(3_599_000);
  await kit.core.holds.sweep();
  expect(await kit.core.holds.listPauses()).toHaveLength(1);
  await kit.clock.advance(1_000);
  await kit.core.holds.sweep();
  expect(await kit.core.holds.listPauses()).toEqual([]);
});

test('a pause that is over, but not yet ended, does not shorten a new one', async () => {
  await pause({ duration: 1_000 });
  await kit.clock.advance(2_000);
  expect(await pause({ reason: 'maintenance' })).toMatchObject({
    since: iso(kit.clock.now()),
    until: null,
    reason: 'maintenance',
  });
  await kit.core.holds.sweep();
  expect(await kit.core.holds.listPauses()).toHaveLength(1);
});

test('an unknown type or plugin cannot be paused', async () => {
  await expect(pause({ name: 'mial' })).rejects.toMatchObject({ code: 'UNKNOWN_TYPE' });
  await expect(pause({ kind: 'plugin', name: 'mail' })).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
});
