// Moves of jobs by people, plugins and the clock, each guarded by the states its step may start from.
import { describe, expect, test } from 'vitest';
import { type FreeStep, STEPS, type StoredState, targetOf } from '../../../core/src/job/lifecycle.ts';
import { type Move, movable, PASS_SIZE, type Picker } from '../../../core/src/store/transition.ts';
import { recount } from '../../../core/test/by-hand.ts';
import type { OpenedStore } from './opened.ts';

const STORED: StoredState[] = ['ready', 'scheduled', 'processing', 'completed', 'failed', 'cancelled'];
const FREE = Object.entries(STEPS).flatMap(([name, { from, holdsClaim }]) =>
  holdsClaim || from.length === 0 || name === 'claim' ? [] : [name as FreeStep],
);

export function moveSuite(store: () => OpenedStore): void {
  const move = (step: FreeStep, more: Partial<Move> = {}): Move => ({
    step,
    at: store().clock.now(),
    reason: null,
    ...more,
  });

  describe('moving one job', () => {
    test.each(FREE)('%s applies only from the states of its step', async (step) => {
      const from: readonly StoredState[] = STEPS[step].from;
      for (const dueAt of [null, store().clock.now() + 9]) {
        const to = targetOf(step, dueAt);
        for (const state of STORED) {
          const { id } = await store().add({ state });
          const moves = from.includes(state);
          expect((await store().moves.one(id, move(step, { dueAt }))) !== null).toBe(moves);
          expect(await store().get(id)).toMatchObject({
            state: moves ? to : state,
            dueAt: moves && to === 'scheduled' ? dueAt : null,
          });
        }
      }
      const counts = await store().counts();
      await recount(store().dialect.db);
      expect(await store().counts()).toBe(counts);
    });

    test('is undone if its guard refuses', async () => {
      const { id } = await store().add();
      const refuse = () => {
        throw new Error('not this one');
      };
      await expect(store().moves.one(id, move('cancel'), refuse)).rejects.toThrow('not this one');
      expect([await store().counts(), store().heard(), await store().reads.history(id)]).toEqual([
        'ready 1',
        ['added'],
        [],
      ]);
    });

    test('tells other processes of a ready job that it held and left, which their claims may have skipped', async () => {
      const there = store().elsewhere();
      const hears = async () => (await there.catchUp()).has('jobs');
      const { id } = await store().add();
      await there.start();
      const refuse = () => {
        throw new Error('not this one');
      };

      expect(await store().moves.one(id, move('run'))).toBeNull();
      expect(await hears()).toBe(true);
      await expect(store().moves.one(id, move('cancel'), refuse)).rejects.toThrow('not this one');
      expect(await hears()).toBe(true);
      const stale: Picker = async (db) =>
        (await movable(db).where('id', '=', id).execute()).map((job) => ({ ...job, state: 'processing' }));
      expect(await store().moves.pass(stale, () => move('rescue'))).toEqual({ picked: 1, moved: 0 });
      expect(await hears()).toBe(true);

      await store().moves.one(id, move('cancel'));
      await there.catchUp();
      expect(await store().moves.one(id, move('run'))).toBeNull();
      await expect(store().moves.one(id, move('requeue'), refuse)).rejects.toThrow('not this one');
      expect(await hears()).toBe(false);
    });

    test('keeps the token of a requeued job, so an old attempt cannot settle it', async () => {
      const { id } = await store().finished();
      await store().moves.one(id, move('requeue', { set: { attempt: 0, result: null } }));
      expect(await store().claim()).toMatchObject([{ id, run: 2, attempt: 1 }]);
      expect(store().heard()).toEqual(['added', 'started', 'completed', 'added', 'started']);
    });
  });

  describe('moving many jobs', () => {
    test('works in bounded passes and changes only matching jobs', async () => {
      await store().addMany(PASS_SIZE + 3, { plugin: 'shop' });
      await store().addMany(2, { plugin: 'mail' });
      await store().add({ plugin: 'shop', state: 'processing' });
      const pick: Picker = (db) => movable(db).where('plugin', '=', 'shop').where('state', '=', 'ready').execute();
      const sizes = [];
      for (let i = 0; i < 3; i += 1) sizes.push((await store().moves.pass(pick, () => move('cancel'))).moved);
      expect(sizes).toEqual([PASS_SIZE, 3, 0]);
      expect(await store().counts()).toBe(`cancelled ${PASS_SIZE + 3}, processing 1, ready 2`);
    });
  });
}
