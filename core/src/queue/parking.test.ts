// Jobs that cannot run now: parked with the reason, and back in their order once they can run.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

test('ready jobs in a lane without a worker are parked if their type cannot run, and moved if its lane has changed', async () => {
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
