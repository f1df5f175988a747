import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type EngineKit, type EngineKitOptions, openEngine } from '../../test/engine-kit.ts';
import { MINUTE } from '../store/metrics-store.ts';

const kits: EngineKit[] = [];
afterEach(async () => {
  for (const kit of kits.splice(0)) await kit.close();
});

async function open(options: EngineKitOptions = {}): Promise<EngineKit> {
  const kit = await openEngine(options);
  kits.push(kit);
  kit.register('ok', async () => ({ success: true }));
  kit.register('bad', async () => ({ success: false, error: 'no', retryable: false }));
  return kit;
}

const history = ({ engine }: EngineKit, type?: string) => engine.minutes.history(60, type);
/** The sums over all points. */
async function sums(kit: EngineKit, type?: string) {
  const { points } = await history(kit, type);
  const sum = (name: 'added' | 'completed' | 'failed' | 'cancelled' | 'retried') =>
    points.reduce((all, point) => all + point[name], 0);
  return { added: sum('added'), completed: sum('completed'), failed: sum('failed'), retried: sum('retried') };
}
const stored = async ({ dialect }: EngineKit) =>
  dialect.reader.selectFrom('pwj_minutes').select(['span', 'type', 'at']).execute();

test('what happened is there at once, by type and in all', async () => {
  const kit = await open();
  await kit.engine.startWorker();
  for (const type of ['ok', 'ok', 'bad']) await kit.add({ type, data: {} });
  await kit.idle();
  expect(await sums(kit)).toEqual({ added: 3, completed: 2, failed: 1, retried: 0 });
  expect(await sums(kit, 'ok')).toEqual({ added: 2, completed: 2, failed: 0, retried: 0 });
  expect((await history(kit)).types).toEqual(['bad', 'ok']);
  expect(await stored(kit)).toEqual([]);
});

test('a minute later it is stored, once, and nothing is written while nothing happens', async () => {
  const kit = await open();
  await kit.engine.startWorker();
  await kit.add({ type: 'ok', data: {} });
  await kit.idle();
  await kit.clock.advance(MINUTE + 1_000);
  const rows = await stored(kit);
  expect(rows.filter(({ type }) => type === 'ok').map(({ span }) => Number(span))).toEqual([0, 60_000, 3_600_000]);
  const add = vi.spyOn(kit.engine.metrics, 'add');
  await kit.clock.advance(30 * MINUTE);
  expect(add).not.toHaveBeenCalled();
  expect(await sums(kit)).toEqual({ added: 1, completed: 1, failed: 0, retried: 0 });
});

test('two processes add to the same rows', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'minutes-')), 'jobs.db');
  const one = await open({ path });
  const two = await open({ path });
  for (const kit of [one, two, two]) await kit.add({ type: 'ok', data: {} });
  await Promise.all([one.engine.minutes.flush(), two.engine.minutes.flush()]);
  expect(await sums(one, 'ok')).toMatchObject({ added: 3 });
  expect(await sums(two)).toMatchObject({ added: 3 });
});

test('jobs that wait are seen in each minute, until none does', async () => {
  const kit = await open();
  await kit.add({ type: 'ok', data: {}, delay: 3 * MINUTE + 1_000 });
  await kit.engine.startWorker();
  await kit.clock.advance(10 * MINUTE);
  const { points } = await history(kit, 'ok');
  expect(points.slice(-11).map(({ pending }) => pending)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
});

test('jobs that are parked are no longer seen waiting', async () => {
  const kit = await open();
  await kit.add({ type: 'ok', data: {} });
  await kit.clock.advance(3 * MINUTE);
  kit.engine.registry.setPaused(() => true);
  await kit.dialect.db
    .insertInto('pwj_pauses')
    .values({ kind: 'type', name: 'ok', since: kit.clock.now(), by: null, schedules: '[]' })
    .execute();
  await kit.engine.pauses.sweep();
  await kit.clock.advance(5 * MINUTE);
  for (const type of [undefined, 'ok']) {
    const { points } = await history(kit, type);
    expect(points.slice(-9).map(({ pending }) => pending)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0]);
  }
});

test('jobs that are deleted are seen no longer, and those that come back are, although no event tells of it', async () => {
  const kit = await open();
  const waiting = () => history(kit, 'ok').then(({ points }) => points.slice(-8).map(({ pending }) => pending));
  const deleted = await kit.add({ type: 'ok', data: {} });
  await kit.clock.advance(2 * MINUTE);
  await kit.engine.control.remove(deleted);
  await kit.clock.advance(2 * MINUTE);
  expect(await waiting()).toEqual([0, 0, 0, 1, 1, 0, 0, 0]);
  kit.engine.registry.setPaused(() => true);
  await kit.add({ type: 'ok', data: {} });
  kit.engine.registry.setPaused(null);
  await kit.clock.advance(MINUTE + 10_000);
  await kit.engine.parking.unparkType('ok');
  await kit.clock.advance(2 * MINUTE);
  expect(await waiting()).toEqual([1, 1, 0, 0, 0, 1, 1, 1]);
});

test('a job that comes just after the end of a minute is seen waiting from then on', async () => {
  const kit = await open();
  await kit.clock.advance(3 * MINUTE - 1_000);
  await kit.engine.control.cancel(await kit.add({ type: 'ok', data: {} }), null);
  await kit.clock.advance(1_200);
  await kit.add({ type: 'ok', data: {} });
  await kit.clock.advance(4 * MINUTE);
  for (const type of [undefined, 'ok']) {
    const { points } = await history(kit, type);
    expect(points.slice(-5).map(({ pending }) => pending)).toEqual([1, 1, 1, 1, 1]);
  }
});

test('the figures outlive the jobs', async () => {
  const kit = await open({ queue: { retentionPeriod: 0 } });
  await kit.engine.startWorker();
  const id = await kit.add({ type: 'ok', data: {} });
  await kit.idle();
  await kit.clock.advance(5 * MINUTE);
  await kit.engine.retention.clean();
  expect(await kit.engine.reads.get(id)).toBeNull();
  expect(await sums(kit)).toMatchObject({ added: 1, completed: 1 });
});

test('old minutes are removed, what happened in all stays', async () => {
  const kit = await open({ queue: { metricsRetention: 10 * MINUTE } });
  await kit.add({ type: 'ok', data: {} });
  await kit.engine.minutes.flush();
  await kit.clock.advance(2 * 60 * MINUTE);
  expect(await kit.engine.retention.clean()).toBe(true);
  expect((await kit.engine.metrics.ever()).get('ok')).toMatchObject({ added: 1 });
  expect((await stored(kit)).filter(({ type, span }) => type === 'ok' && Number(span) === MINUTE)).toEqual([]);
});

test('what cannot be written is kept and written later', async () => {
  const kit = await open();
  await kit.add({ type: 'ok', data: {} });
  const add = vi.spyOn(kit.engine.metrics, 'add').mockRejectedValueOnce(new Error('away'));
  await kit.engine.minutes.flush();
  expect(kit.logged.join()).toContain('cannot be written now and are kept: away');
  await kit.clock.advance(2 * MINUTE);
  expect(add.mock.calls.length).toBeGreaterThan(1);
  expect(await sums(kit)).toMatchObject({ added: 1 });
  expect((await kit.engine.metrics.ever()).get('ok')).toMatchObject({ added: 1 });
});

test('a job that is let run at once has not waited for its delay', async () => {
  const kit = await open();
  await kit.engine.startWorker();
  const id = await kit.add({ type: 'ok', data: {}, delay: 3_600_000 });
  await kit.clock.advance(600_000);
  await kit.engine.control.run(id, null);
  await kit.idle();
  const { points } = await history(kit, 'ok');
  expect(Math.max(...points.map(({ waitP95 }) => waitP95 ?? 0))).toBeLessThan(1_000);
});

test('a write that tells of itself is not made again when the answer to its commit is lost', async () => {
  const kit = await open();
  await kit.engine.metrics.add([{ at: 0, type: 'ok', figures: { added: 1 } }]);
  const [last] = await kit.dialect.reader.selectFrom('pwj_events').select('kinds').orderBy('seq', 'desc').execute();
  expect(last?.kinds).toContain('minutes');
});

test('after the end nothing is looked at any more, whatever still comes in', async () => {
  const kit = await open();
  await kit.engine.minutes.end();
  const add = vi.spyOn(kit.engine.metrics, 'add');
  await kit.add({ type: 'ok', data: {} });
  await kit.clock.advance(10 * MINUTE);
  expect(add).not.toHaveBeenCalled();
});
