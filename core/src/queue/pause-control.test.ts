// Schedules of a paused type or lane are paused and resumed with it, except those that were already paused.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CoreKit, openCore } from '../../test/core-kit.ts';
import type { SchedulesApi } from '../jobs-host.ts';
import { iso } from '../kernel/clock.ts';
import { PauseControl } from './pauses.ts';

let kit: CoreKit;
let control: PauseControl;
let paused: Set<string>;
const TYPES: Record<string, string> = { 'post/daily': 'mail', 'post/hourly': 'mail', 'post/yearly': 'letter' };

beforeEach(async () => {
  paused = new Set();
  kit = await openCore();
  kit.register('mail', async () => {}, {}, 'post');
  kit.register('letter', async () => {}, {}, 'post');
  const list = async () => Object.entries(TYPES).map(([name, type]) => ({ name, type, paused: paused.has(name) }));
  control = new PauseControl({
    ...kit.core,
    schedules: {
      list: list as unknown as SchedulesApi['list'],
      pause: async (name) => void paused.add(name),
      resume: async (name) => void paused.delete(name),
    },
  });
});
afterEach(() => kit.close());

test('a schedule that was already paused stays paused', async () => {
  paused.add('post/daily');
  await control.pause({ kind: 'type', name: 'mail' });
  await control.resume('type', 'mail');
  expect([...paused]).toEqual(['post/daily']);
});

test('with two pauses, schedules resume when the last one ends', async () => {
  await control.pause({ kind: 'type', name: 'mail' });
  await kit.clock.advance(1);
  await control.pause({ kind: 'lane', name: 'post' });
  await control.resume('type', 'mail');
  expect([...paused].sort()).toEqual(['post/daily', 'post/hourly', 'post/yearly']);
  await control.resume('lane', 'post');
  expect([...paused]).toEqual([]);
});

test('a pause for a time says why, and ends by itself with its schedules', async () => {
  const made = await control.pause({ kind: 'type', name: 'mail', duration: 3_600_000, reason: ' The server moves. ' });
  expect(made).toMatchObject({ reason: 'The server moves.', until: iso(kit.clock.now() + 3_600_000) });
  await kit.clock.advance(3_599_000);
  await kit.core.pauses.sweep();
  expect(await control.list()).toHaveLength(1);
  await kit.clock.advance(1_000);
  await kit.core.pauses.sweep();
  expect(await control.list()).toEqual([]);
  expect([...paused]).toEqual([]);
});

test('schedules stopped by a second pause resume with it', async () => {
  await control.pause({ kind: 'type', name: 'mail', schedules: false });
  expect(await control.pause({ kind: 'type', name: 'mail' })).toMatchObject({
    schedules: ['post/daily', 'post/hourly'],
  });
  expect([...paused]).toEqual(['post/daily', 'post/hourly']);
  await control.resume('type', 'mail');
  expect([...paused]).toEqual([]);
});

test('if two pauses end at the same moment, one of them resumes the schedules', async () => {
  await control.pause({ kind: 'type', name: 'mail' });
  await kit.clock.advance(1);
  await control.pause({ kind: 'lane', name: 'post' });
  const { store } = kit.core.pauses;
  const leave = store.leave.bind(store);
  vi.spyOn(store, 'leave').mockImplementation(async (pause, keys) => {
    await store.remove(pause.kind, pause.name);
    return leave(pause, keys);
  });
  await control.resume('type', 'mail');
  expect([...paused]).toEqual(['post/yearly']);
});

test('schedules do not stay paused if the pause ended before they were paused', async () => {
  const { pauses } = kit.core;
  const parkReady = vi.spyOn(pauses, 'parkReady').mockImplementation(async () => {
    parkReady.mockRestore();
    await pauses.store.remove('type', 'mail');
  });
  await expect(control.pause({ kind: 'type', name: 'mail' })).rejects.toMatchObject({ code: 'INVALID_STATE' });
  expect([...paused]).toEqual([]);
});

test('a pause that is over, but not yet ended, does not shorten a new one', async () => {
  await control.pause({ kind: 'type', name: 'mail', duration: 1_000 });
  await kit.clock.advance(2_000);
  expect(await control.pause({ kind: 'type', name: 'mail', reason: 'maintenance' })).toMatchObject({
    ...{ since: iso(kit.clock.now()), until: null, reason: 'maintenance' },
    schedules: ['post/daily', 'post/hourly'],
  });
  await kit.core.pauses.sweep();
  expect(await control.list()).toHaveLength(1);
  await control.resume('type', 'mail');
  expect([...paused]).toEqual([]);
});

test('the end of a pause that was interrupted is repeated with its schedules', async () => {
  await control.pause({ kind: 'type', name: 'mail', duration: 1_000 });
  await kit.clock.advance(2_000);
  const { store } = kit.core.pauses;
  const remove = vi.spyOn(store, 'remove').mockRejectedValueOnce(new Error('the process ends here'));
  await expect(kit.core.pauses.sweep()).rejects.toThrow('the process ends here');
  remove.mockRestore();
  await kit.core.pauses.sweep();
  expect([await control.list(), [...paused]]).toEqual([[], []]);
});
