// Plugins that go wrong, and instances side by side: what belongs to one does not reach the other.
import { format } from 'node:util';
import email from '@phraseworks/plugin-email';
import { addJob, definePlugin, type PluginContext, type Readiness } from '@phraseworks/sdk';
import { createTestJobs, ManualClock, turn } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import * as tasks from '../support/plugin-module.ts';

const CANARY = 'CANARY-7f3a';

test('plugins that throw, hang, lack their package or have an invalid config fail alone, each with its reason', async () => {
  const clock = new ManualClock();
  const began = clock.now();
  const register = (ctx: PluginContext, type: string) => ctx.registerProcessor(type, async () => {});
  const throws = definePlugin({
    name: 'throws',
    init(ctx) {
      register(ctx, 'thrown');
      throw new Error('no licence');
    },
  });
  let hanging = false;
  const hangs = definePlugin({
    name: 'hangs',
    init: (ctx) => {
      hanging = true;
      register(ctx, 'hung');
      return new Promise<void>(() => {});
    },
  });
  const picky = definePlugin({ name: 'picky', config: z.strictObject({ port: z.int().min(1) }), init() {} });
  const lines: string[] = [];
  const note = (...args: unknown[]) => void lines.push(format(...args));
  const opening = createTestJobs({
    clock,
    onPluginFailure: 'continue',
    log: { debug: note, info: note, warn: note, error: note },
    plugins: {
      throws: { use: throws },
      hangs: { use: hangs },
      picky: { use: picky, config: { port: CANARY, colour: CANARY } },
      missing: true,
      email: { use: email, config: { mailbox: { port: 0 } } },
    },
  });
  let open = false;
  void opening.then(() => {
    open = true;
  });
  // Time does not move until the good one is on and the other hangs: a busy machine must not make them late.
  while (!hanging || !lines.some((line) => line.includes('"email" is on'))) await turn();
  await clock.advance(2_000);
  while (!open) await turn();

  await using jobs = await opening;
  expect([clock.now() - began, jobs.info().plugins.hangs]).toEqual([2_000, 'starting']);
  await clock.advance(8_000);
  // Its jobs are parked first.
  while (jobs.info().plugins.hangs === 'starting') await turn();
  const list = await jobs.plugins.list();
  expect(Object.fromEntries(list.map(({ name, state, reason }) => [name, [state, reason]]))).toEqual({
    throws: ['failed', expect.stringMatching(/^no licence; it is tried again at /)],
    hangs: ['failed', 'its init() did not finish within 10 s'],
    picky: [
      'failed',
      'plugins.picky.config.colour is not a known setting; use port (in the configuration); plugins.picky.config.port must be number (in the configuration)',
    ],
    missing: [
      'failed',
      expect.stringContaining(
        'phraseworks-plugin-missing is not installed: run npm install phraseworks-plugin-missing',
      ),
    ],
    email: ['on', null],
    api: ['on', null],
    files: ['on', null],
  });
  expect(jobs.types().map(({ type, state, reason }) => [type, state, reason])).toEqual([
    ['email', 'ready', null],
    ['email_campaign', 'ready', null],
    ['hung', 'parked', 'plugin_failed'],
    ['jobs.bulk', 'ready', null],
    ['thrown', 'parked', 'plugin_failed'],
  ]);
  const { id } = await jobs.addJob({
    type: 'email',
    data: { to: 'a@example.com', template: 'welcome', variables: { userName: 'A' } },
  });
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
  const answer = await (await jobs.request('/api/plugins')).text();
  expect(answer).toContain('no licence');
  expect(lines.join('\n')).not.toContain(CANARY);
});

test('a test host throws the reason if a plugin throws in init', async () => {
  const throws = definePlugin({ name: 'throws', init: () => Promise.reject(new Error('no licence')) });
  await expect(createTestJobs({ plugins: { throws: { use: throws } } })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    message: expect.stringContaining('throws: no licence'),
  });
});

test('a plugin that fails at a later start parks its jobs, and they run once it is fixed', async () => {
  let broken = false;
  const shaky = definePlugin({
    name: 'shaky',
    init(ctx) {
      ctx.registerProcessor('shake', async () => {});
      if (broken) throw new Error('the licence ran out');
    },
  });
  await using jobs = await createTestJobs({ plugins: { shaky: { use: shaky } } });
  await jobs.plugins.disable('shaky');
  broken = true;
  expect(await jobs.plugins.enable('shaky')).toBe('failed');
  const { id } = await jobs.addJob({ type: 'shake', data: {} });
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'parked', reason: 'plugin_failed' });
  expect(await jobs.why(id)).toMatchObject({ why: expect.stringContaining('"shaky" failed to start') });
  broken = false;
  expect(await jobs.plugins.enable('shaky')).toBe('on');
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
});

test('a plugin whose server is away while the site starts comes up by itself, and its jobs run', async () => {
  const clock = new ManualClock();
  let isAway = true;
  const away = definePlugin({
    name: 'away',
    init(ctx) {
      ctx.registerProcessor('send', async () => {});
      if (isAway) throw new Error('connect ECONNREFUSED');
    },
  });
  await using jobs = await createTestJobs({
    clock,
    plugins: { away: { use: away } },
    onPluginFailure: 'continue',
    authorize: () => true,
  });
  const { id } = await jobs.addJob({ type: 'send', data: {} });
  const said = 'connect ECONNREFUSED; it is tried again at ';
  const ready = async () => ((await (await jobs.request('/ready')).json()) as Readiness).info?.failures;
  expect(await ready()).toEqual({ away: expect.stringContaining(said) });
  expect(await jobs.why(id)).toMatchObject({ why: expect.stringContaining(`failed to start: ${said}`) });
  isAway = false;
  await clock.advance(2_000);
  while (jobs.info().plugins.away !== 'on') await turn();
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
  expect(await ready()).toEqual({});
});

test('two instances in one process share no jobs, plugins or settings, and addJob() finds the right one', async () => {
  const chained = definePlugin({
    name: 'chained',
    init(ctx) {
      ctx.registerProcessor('first', async () => {
        await addJob({ type: 'second', data: {} });
      });
      ctx.registerProcessor('second', async () => {});
    },
  });
  const plugins = { chained: { use: chained }, tasks: { use: tasks } };
  await using one = await createTestJobs({ plugins });
  await using two = await createTestJobs({ plugins, default: true });
  await two.plugins.disable('tasks');
  expect((await one.plugins.list()).map(({ state }) => state)).toEqual(['on', 'on', 'on', 'on']);
  expect((await one.schedules.list()).map(({ nextRun }) => nextRun)).toEqual(['2026-01-01T03:00:00.000Z']);

  await one.addJob({ type: 'first', data: {} });
  await one.idle();
  await two.idle();
  const typesIn = async (jobs: typeof one) => (await jobs.listJobs()).jobs.map(({ type }) => type);
  expect([await typesIn(one), await typesIn(two)]).toEqual([['second', 'first'], []]);

  await addJob({ type: 'second', data: {} });
  await two.idle();
  expect([await typesIn(one), await typesIn(two)]).toEqual([['second', 'first'], ['second']]);
  expect(one.events.length).toBeGreaterThan(two.events.length);
});
