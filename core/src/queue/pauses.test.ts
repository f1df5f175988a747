// Paused types and lanes: none of their jobs start, none are lost, and all return in order.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import { PauseControl } from './pauses.ts';

let folder: string;
let kit: CoreKit;
let control: PauseControl;
let ran: number[];
const schedules = { list: async () => [], pause: async () => {}, resume: async () => {} };
const controlOf = ({ core }: CoreKit) => new PauseControl({ ...core, schedules });

function registerBoth(one: CoreKit): void {
  one.register('mail', async ({ n }: { n: number }) => void ran.push(n), {}, 'post');
  one.register('letter', async ({ n }: { n: number }) => void ran.push(n), {}, 'post');
  one.register('slow', async ({ n }: { n: number }) => void ran.push(n), { concurrency: 1 }, 'post');
}

beforeEach(async () => {
  ran = [];
  folder = await temporaryFolder();
  kit = await openCore({ path: join(folder, 'jobs.db') });
  registerBoth(kit);
  control = controlOf(kit);
});
afterEach(() => kit.close());

const add = (type: string, n: number, more: object = {}) => kit.add({ type, data: { n }, ...more });

test('pausing a lane pauses the lanes below it', async () => {
  await kit.core.startWorker();
  await control.pause({ kind: 'lane', name: 'post' });
  await add('mail', 1);
  await add('slow', 2);
  await kit.idle();
  expect(ran).toEqual([]);
  await control.resume('lane', 'post');
  while (ran.length < 2) await kit.idle();
  expect([...ran].sort()).toEqual([1, 2]);
});

test('a pause applies to a process that starts later, and a resume reaches the other processes', async () => {
  await control.pause({ kind: 'type', name: 'mail' });
  const other = await openCore({ path: join(folder, 'jobs.db') });
  registerBoth(other);
  await other.core.startWorker();
  const id = await add('mail', 1);
  await other.core.wakeup.check();
  await other.idle();
  expect([ran, await kit.state(id)]).toEqual([[], 'parked']);
  await controlOf(other).resume('type', 'mail');
  await kit.core.wakeup.check();
  expect(kit.core.registry.parkReason('mail')).toBeNull();
  while (ran.length < 1) await other.idle();
  await other.close();
});

test('jobs added by a process that does not know the pause are parked and never begin', async () => {
  await kit.core.startWorker();
  const other = await openCore({ path: join(folder, 'jobs.db') });
  registerBoth(other);
  await control.pause({ kind: 'type', name: 'mail' });
  await other.core.registry.setPaused(null);
  const id = await other.add({ type: 'mail', data: { n: 1 } });
  await other.close();
  await kit.clock.advance(60_000);
  expect(await kit.row(id)).toMatchObject({ state: 'parked', reason: 'paused', attempt: 0 });
});

test('held jobs cannot be run by hand, and the error gives the reason', async () => {
  const ids = [await add('mail', 1), await add('mail', 2, { delay: 60_000 })];
  await control.pause({ kind: 'type', name: 'mail' });
  for (const id of ids)
    await expect(kit.core.actions.run(id, null)).rejects.toThrow('(paused). Resume its type or lane first.');
  expect(await kit.state(ids[1] as string)).toBe('scheduled');
});

test('a read that began before a pause and ends after it does not undo it', async () => {
  const { pauses, registry } = kit.core;
  const before = await pauses.store.all();
  let end = (): void => {};
  vi.spyOn(pauses.store, 'all').mockImplementationOnce(
    () =>
      new Promise((resolve) => {
        end = () => resolve(before);
      }),
  );
  const slow = pauses.reload();
  await control.pause({ kind: 'type', name: 'mail' });
  end();
  await slow;
  expect(registry.parkReason('mail')).toBe('paused');
});
