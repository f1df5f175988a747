// Requests reach the app of a plugin that is on, and everything but an answer becomes a refusal of the API.
import { addJob, definePlugin, JobsError, Pages } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { createRig, type Rig, until } from '../../test/plugin-rig.ts';
import { SiteItself } from '../access/actor.ts';

const web = definePlugin({
  name: 'web',
  init({ routes, publicRoutes, panel }) {
    routes.get('/who/:id', (c) => c.json({ id: c.req.param('id'), plugin: c.var.plugin, user: c.var.user }));
    routes.post('/job', async (c) => {
      await addJob({ type: 't', data: {} });
      return c.text('added', 202);
    });
    routes.get('/refused', () => {
      throw new JobsError('INVALID_DATA', 'the month is wrong', { errors: [{ path: 'month', message: 'is wrong' }] });
    });
    routes.get('/copy', () => {
      throw Object.assign(new Error('of another copy'), { name: 'JobsError', code: 'INVALID_STATE', errors: [] });
    });
    publicRoutes.get('/hello', (c) => c.text('hello'));
    panel({ id: 'good', title: 'Good', data: async () => [{ type: 'text', text: 'fine' }] });
    panel({ id: 'bad', title: 'Bad', data: () => Promise.reject(new Error('CANARY')) });
    panel({ id: 'slow', title: 'Slow', data: () => new Promise(() => {}) });
  },
});

const CALL = { user: undefined, actor: new SiteItself(), base: '' };
const call = (rig: Rig, kind: 'routes' | 'public', path: string, method = 'GET') =>
  rig.host.routes.dispatch('web', kind, new Request(`http://x${path}`, { method }), { ...CALL, user: 'ada' });

test('a route receives its plugin and the user', async () => {
  await using rig = await createRig({ web: { use: web } });
  await rig.host.startAll();
  expect(await (await call(rig, 'routes', '/who/7')).json()).toEqual({ id: '7', plugin: 'web', user: 'ada' });
  expect(await (await call(rig, 'public', '/hello')).text()).toBe('hello');
  expect((await call(rig, 'public', '/hello', 'HEAD')).status).toBe(200);
  expect((await call(rig, 'routes', '/job', 'POST')).status).toBe(202);
  expect(await rig.jobs()).toEqual(['t {}']);
});

test('a JobsError reaches the caller unchanged, even from another copy of the SDK', async () => {
  await using rig = await createRig({ web: { use: web } });
  await rig.host.startAll();
  await expect(call(rig, 'routes', '/refused')).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'month' }],
  });
  await expect(call(rig, 'routes', '/copy')).rejects.toBeInstanceOf(JobsError);
  expect((await rig.host.list())[0]?.health.hookErrors).toBe(0);
});

test('a plugin that is off answers with its state, and its routes return with it', async () => {
  await using rig = await createRig({ web: { use: web } });
  await rig.host.startAll();
  await call(rig, 'public', '/hello');
  await rig.host.disable('web');
  await expect(call(rig, 'public', '/hello')).rejects.toMatchObject({
    code: 'PLUGIN_OFF',
    message: 'The plugin "web" is off: disabled.',
  });
  await rig.host.enable('web');
  expect((await call(rig, 'public', '/hello')).status).toBe(200);
  const nobody = rig.host.routes.dispatch('nobody', 'routes', new Request('http://x/'), CALL);
  await expect(nobody).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
});

const paged = (name: string, pagesAt = '') => ({
  use: definePlugin({
    name,
    pagesAt,
    needs: { pages: Pages },
    init: ({ needs: { pages } }) => void pages.get('/', (c) => c.text(c.var.plugin)),
  }),
});

test('only one plugin serves the pages of a path, and a second one fails with the name of the first', async () => {
  await using rig = await createRig({ one: paged('one'), two: paged('two') });
  await rig.host.startAll();
  expect(rig.host.states()).toEqual({ one: 'on', two: 'failed' });
  expect((await rig.host.list())[1]?.reason).toContain('the plugin "one" already has pages at the mount path');
  const page = await rig.host.routes.places('pages')[0]?.fetch(new Request('http://x/'), CALL);
  expect(await page?.text()).toBe('one');
  await rig.host.disable('one');
  expect(rig.host.routes.places('pages')).toEqual([]);
});

test('pages at several paths have routes with their full path, and each path is taken', async () => {
  const both = definePlugin({
    name: 'both',
    pagesAt: ['/figures', '/api/figures/history'],
    needs: { pages: Pages },
    init: ({ needs: { pages } }) => void pages.get('/api/figures/history', (c) => c.text('a history')),
  });
  await using rig = await createRig({ both: { use: both }, more: paged('more', '/api/figures/history') });
  await rig.host.startAll();
  expect(rig.host.states()).toEqual({ both: 'on', more: 'failed' });
  expect(rig.host.routes.places('pages').map(({ at, base }) => [at, base])).toEqual([
    ['/figures', ''],
    ['/api/figures/history', ''],
  ]);
  expect((await rig.host.list())[0]?.routes).toEqual(['GET /api/figures/history']);
});

test('a panel returns its blocks; one that fails or hangs is charged to its plugin', async () => {
  await using rig = await createRig({ web: { use: web } });
  await rig.host.startAll();
  expect((await rig.host.panels()).map(({ id }) => id)).toEqual(['good', 'bad', 'slow']);
  expect((await rig.host.panel('web', 'good')).blocks).toEqual([{ type: 'text', text: 'fine' }]);
  await expect(rig.host.panel('web', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(rig.host.panel('web', 'bad')).rejects.toMatchObject({ code: 'INTERNAL' });
  const slow = rig.host.panel('web', 'slow');
  await until(() => rig.clock.timers === 1);
  rig.clock.advance(5_000);
  await expect(slow).rejects.toMatchObject({ code: 'INTERNAL' });
  expect((await rig.host.list())[0]?.health).toEqual({
    hookErrors: 2,
    lastError: 'panel "slow": did not finish within 5 s',
  });
});
