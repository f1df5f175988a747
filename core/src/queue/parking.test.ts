// Jobs that cannot run now: parked with the reason, and back in their order once they can run.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turn } from '../../../testing/src/manual-clock.ts';
import { setColumns } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
let ran: unknown[];
beforeEach(async () => {
  ran = [];
  kit = await openCore();
});
afterEach(() => kit.close());

const register = (type = 'mail', plugin: string | null = 'mail', options = {}) =>
  kit.register(type, async (data) => void ran.push(data), options, plugin);
const counts = async () =>
  Object.fromEntries((await kit.core.reads.counts()).map(({ state, type, n }) => [`${type} ${state}`, n]));
const off = () => kit.core.registry.setPlugin('mail', 'plugin_disabled');
const on = () => kit.core.registry.setPlugin('mail', 'on');

describe('a plugin that is disabled', () => {
  test('has its waiting jobs parked, and they run in order once it is enabled again', async () => {
    register();
    for (const name of ['a', 'b']) await kit.add({ type: 'mail', data: name });
    await kit.add({ type: 'mail', data: 'urgent', priority: 'urgent' });
    off();
    expect(await kit.core.parking.park('mail', 'plugin_disabled')).toBe(3);
    expect([await counts(), (await kit.core.parking.counter())('mail', 'parked')]).toEqual([{ 'mail parked': 3 }, 3]);
    expect(kit.events.slice(-3).map((event) => [event.event, event.reason])).toEqual(
      Array(3).fill(['job_parked', 'plugin_disabled']),
    );
    await kit.core.startWorker();
    await kit.idle();
    expect(ran).toEqual([]);
    on();
    expect(await kit.core.parking.unpark('mail')).toBe(3);
    await kit.idle();
    expect(ran).toEqual(['urgent', 'a', 'b']);
  });

  test('keeps the due time of delayed jobs', async () => {
    register();
    const ids = [
      await kit.add({ type: 'mail', data: 'soon', delay: 1_000 }),
      await kit.add({ type: 'mail', data: 'late', delay: 60_000 }),
    ];
    await kit.core.startWorker();
    off();
    await kit.core.parking.park('mail', 'plugin_disabled');
    for (const id of ids) expect(await kit.row(id)).toMatchObject({ state: 'parked', due_at: null });
    await kit.clock.advance(5_000);
    on();
    await kit.core.parking.unpark('mail');
    await kit.idle();
    expect([ran, await kit.state(ids[1] as string)]).toEqual([['soon'], 'scheduled']);
    await kit.clock.advance(55_000);
    await kit.idle();
    expect(ran).toEqual(['soon', 'late']);
  });

  test('does not affect finished jobs or those of other plugins', async () => {
    register();
    register('other', 'other');
    await kit.core.startWorker();
    await kit.add({ type: 'mail', data: 1 });
    await kit.idle();
    await kit.add({ type: 'other', data: 2, delay: 9_000 });
    expect(await kit.core.parking.park('mail', 'plugin_disabled')).toBe(0);
    expect(await counts()).toEqual({ 'mail completed': 1, 'other scheduled': 1 });
  });

  test('cancels its waiting jobs if it is set to', async () => {
    register();
    await kit.add({ type: 'mail', data: 1 });
    await kit.add({ type: 'mail', data: 2, delay: 1_000 });
    off();
    const parked = await kit.add({ type: 'mail', data: 3 });
    expect(await kit.core.parking.cancelAll('mail', kit.clock.now())).toBe(3);
    expect([await counts(), await kit.row(parked)]).toMatchObject([
      { 'mail cancelled': 3 },
      { reason: 'plugin_disabled', finished_at: kit.clock.now() },
    ]);
  });

  test('is not unparked while it is off', async () => {
    register();
    off();
    await kit.add({ type: 'mail', data: 1 });
    expect(await kit.core.parking.unpark('mail')).toBe(0);
  });
});

describe('thousands of jobs', () => {
  beforeEach(async () => {
    register();
    await kit.core.queue.addMany(
      Array.from({ length: 1_234 }, (_, i) => ({ type: 'mail', data: i })),
      { plugin: null },
    );
    off();
  });
  const first = (work: Promise<unknown>) => Promise.race([work.then(() => 'all'), turn(1).then(() => 'the site')]);

  test('are parked and unparked in passes, and the site can run in between', async () => {
    const parked = kit.core.parking.park('mail', 'plugin_disabled');
    expect(await first(parked)).toBe('the site');
    await parked;
    on();
    const back = kit.core.parking.unpark('mail');
    expect(await first(back)).toBe('the site');
    expect(await back).toBe(1_234);
    const gone = kit.core.removal.ofPlugin('mail');
    expect(await first(gone)).toBe('the site');
    expect(await gone).toBe(1_234);
  });

  test('stop returning if their plugin is disabled halfway', async () => {
    await kit.core.parking.park('mail', 'plugin_disabled');
    on();
    const back = kit.core.parking.unpark('mail');
    off();
    expect(await back).toBe(500);
  });

  test('stay in place if their plugin is enabled while the lanes are checked', async () => {
    const looked = kit.core.stranded.reconcile();
    on();
    await looked;
    expect(await counts()).toEqual({ 'mail ready': 1_234 });
  });
});

describe('a job of an unknown type', () => {
  test('runs once a plugin registers its type, with the current owner and lane', async () => {
    const id = await kit.add({ type: 'mail', data: 'early' });
    expect(await kit.row(id)).toMatchObject({ state: 'parked', reason: 'no_processor', plugin: null, lane: 'app' });
    await kit.core.startWorker();
    register('mail', 'mail', { concurrency: 2 });
    expect(await kit.core.parking.unpark('mail')).toBe(1);
    expect(await kit.row(id)).toMatchObject({ plugin: 'mail', lane: 'mail/mail', reason: null });
    await kit.idle();
    expect(ran).toEqual(['early']);
    expect((await kit.core.reads.history(id)).map((row) => row.event)).toEqual(['job_unparked']);
  });

  test('stays parked if its reason comes from a newer version, while others return', async () => {
    const newer = await kit.add({ type: 'mail', data: 'newer' });
    await setColumns(kit.dialect.db, newer, { reason: 'newer' });
    await kit.add({ type: 'mail', data: 'free' });
    register();
    expect(await kit.core.parking.unpark('mail')).toBe(1);
    expect(await kit.state(newer)).toBe('parked');
  });
});

describe('ready jobs in a lane without a worker', () => {
  test('are parked if their type cannot run, and moved if its lane has changed', async () => {
    register('mail');
    register('news');
    const [mail, news] = [
      await kit.add({ type: 'mail', data: 1 }),
      await kit.add({ type: 'news', data: 2, priority: 'low' }),
    ];
    await setColumns(kit.dialect.db, mail, { lane: 'old' });
    await setColumns(kit.dialect.db, news, { lane: 'old', type: 'gone' });
    await kit.core.maintenance.recount();
    await kit.core.stranded.reconcile();
    expect(await kit.row(news)).toMatchObject({ state: 'parked', reason: 'no_processor' });
    expect(await kit.row(mail)).toMatchObject({ state: 'ready', lane: 'mail' });
    expect(await counts()).toEqual({ 'mail ready': 1, 'gone parked': 1 });
  });

  test('are fixed by the sweep, even thousands of them', async () => {
    register('mail');
    await kit.core.queue.addMany(
      Array.from({ length: 1_100 }, (_, i) => ({ type: 'mail', data: i })),
      { plugin: null },
    );
    await kit.dialect.db.updateTable('pwj_jobs').set({ lane: 'old' }).execute();
    await kit.core.startWorker();
    await kit.clock.advance(5_000);
    while (ran.length < 1_100) await kit.idle();
    expect(await counts()).toEqual({ 'mail completed': 1_100 });
  });
});

describe('jobs parked by another process', () => {
  const parked = async (n: number) => {
    await kit.core.queue.addMany(
      Array.from({ length: n }, (_, i) => ({ type: 'mail', data: i })),
      { plugin: null },
    );
    register();
  };

  test('are unparked one pass at a time', async () => {
    await parked(1_100);
    await kit.core.startWorker();
    kit.core.worker.drain(true);
    await kit.core.parking.adopt();
    expect(await counts()).toEqual({ 'mail parked': 600, 'mail ready': 500 });
    await kit.clock.advance(50);
    expect(await counts()).toEqual({ 'mail parked': 100, 'mail ready': 1_000 });
    await kit.clock.advance(50);
    expect(await counts()).toEqual({ 'mail ready': 1_100 });
  });

  test('are left alone by a process that does not claim from their lane', async () => {
    await parked(1);
    await kit.core.parking.adopt();
    expect(await counts()).toEqual({ 'mail parked': 1 });
  });
});
