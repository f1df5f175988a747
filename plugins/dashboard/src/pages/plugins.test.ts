// The page of a plugin: its settings, and the button that switches it.
import { JobsError } from '@phraseworks/sdk';
import { expect, test, vi } from 'vitest';
import { BASE, fieldsIn, openFormSite, SECRET } from '../../test/form-site.ts';

const SHOP = '/plugin/shop';

test('a plugin shows its types and settings, without secrets', async () => {
  await using site = await openFormSite();
  const html = await site.html(SHOP);
  expect(html).toContain('>order</a>');
  expect(fieldsIn(html)).toMatchObject({
    'data/name': 'Shop',
    'data/key': '',
    'data/hosts/0': 'a.example',
    'data/limits/most': '5',
  });
  expect(html).not.toContain(SECRET);
  expect((await site.get('/plugin/none')).status).toBe(404);
});

test('the settings of a plugin that has been off since the start can be shown and stored', async () => {
  await using site = await openFormSite(false);
  const html = await site.html(SHOP);
  expect(html).toContain('Load settings');
  expect(fieldsIn(html)).toEqual({});
  expect(await site.html(SHOP, 'user')).not.toContain('Load settings');
  const fields = fieldsIn(await site.html(`${SHOP}?settings=1`));
  expect(fields).toMatchObject({ 'data/name': 'Shop', 'data/key': '' });
  await site.post(SHOP, { ...fields, 'data/name': 'Store', do: 'configure' });
  expect(await site.jobs.plugins.settings('shop')).toMatchObject({ config: { name: 'Store', key: '********' } });
  expect(site.jobs.info().plugins.shop).toBe('off');
});

test('a setting of the configuration file is shown, cannot be edited, and does not count as one', async () => {
  await using site = await openFormSite();
  const html = await site.html(SHOP);
  expect(html).toMatch(/<output id="data\/folder"[^>]*>goods<\/output>.*Can only be set in the configuration file/);
  expect(html).toContain('&quot;name&quot;: &quot;top&quot;');
  expect(html).not.toContain('add data/shelves');
  const answer = await site.post(SHOP, { ...fieldsIn(html), do: 'configure' });
  expect(answer.headers.get('location')).toContain('notice=plugin.configure');
  expect(answer.headers.get('location')).not.toContain('Partly');
});

test('a deprecated setting is shown only where it is set', async () => {
  await using site = await openFormSite();
  expect(await site.html(SHOP)).not.toContain('Moved to the setting folder.');
  await using old = await openFormSite(true, { attic: 'boxes' });
  expect(await old.html(SHOP)).toMatch(/<output id="data\/attic"[^>]*>boxes<\/output>.*Moved to the setting folder\./);
});

test('new settings are stored, and an unchanged secret is kept', async () => {
  await using site = await openFormSite();
  const answer = await site.post(SHOP, { ...fieldsIn(await site.html(SHOP)), 'data/name': 'Store', do: 'configure' });
  expect(answer.headers.get('location')).toBe(`${BASE}${SHOP}?notice=plugin.configure`);
  const [, shop] = await site.jobs.plugins.list();
  expect(shop).toMatchObject({ state: 'on', config: { name: 'Store', key: '********', hosts: ['a.example'] } });
});

test('an invalid setting is shown at its field, with the rest of the page, and nothing is stored', async () => {
  await using site = await openFormSite();
  const answer = await site.post(SHOP, { 'data/name': 'x', 'data/limits/most': '0', do: 'configure' });
  const html = await answer.text();
  expect(answer.status).toBe(400);
  for (const place of ['data/name!', 'data/limits/most!']) expect(html).toContain(`id="${place}"`);
  const shown = await site.html(SHOP);
  expect(html.match(/Pause/g)).toEqual(shown.match(/Pause/g));
  expect((await site.jobs.plugins.list())[1]).toMatchObject({ config: { name: 'Shop' } });
});

test('settings that cannot be stored now return in the form, with the reason above it', async () => {
  await using site = await openFormSite();
  vi.spyOn(site.jobs.plugins, 'configure').mockRejectedValue(new JobsError('UNAVAILABLE', 'The database is away.'));
  const answer = await site.post(SHOP, { 'data/name': 'Store', do: 'configure' });
  const html = await answer.text();
  expect([answer.status, fieldsIn(html)]).toEqual([503, expect.objectContaining({ 'data/name': 'Store' })]);
  expect(html).toContain('The database is away.');
});

test('settings with which the plugin does not start return in the form with the reason, and it runs as before', async () => {
  await using site = await openFormSite();
  const answer = await site.post(SHOP, { 'data/name': 'Closed', do: 'configure' });
  const html = await answer.text();
  expect([answer.status, fieldsIn(html)]).toEqual([400, expect.objectContaining({ 'data/name': 'Closed' })]);
  expect(html).toContain(
    'The plugin did not start with this config: the shop is closed; the previous config stays in use.',
  );
  expect((await site.jobs.plugins.list())[1]).toMatchObject({ state: 'on', config: { name: 'Shop' } });
});

test('a value set by the configuration cannot be removed here, and the page says so', async () => {
  await using site = await openFormSite();
  const answer = await site.post(SHOP, { 'data?json': '{ "name": "Store", "key": "********" }', do: 'configure' });
  expect(answer.headers.get('location')).toContain('notice=plugin.configurePartly');
  expect((await site.jobs.plugins.list())[1]).toMatchObject({ config: { name: 'Store', hosts: ['a.example'] } });
});

test('disabling asks first and names the affected jobs and plugins; enabling needs no question', async () => {
  await using site = await openFormSite();
  const order = { type: 'order', data: { item: 'cup', count: 1 }, delay: 60_000 };
  await site.jobs.addJobs([order, { ...order, data: { item: 'mug', count: 1 } }]);
  const html = await site.html(SHOP);
  expect(html).toContain('<p>2 waiting jobs and new ones will be parked until you enable it.</p>');
  expect(html).toContain('<p>These need it and wait: Ads.</p>');
  const act = (step: string) => site.post(`/act?kind=plugin&name=shop&step=${step}&back=${SHOP}`, {});
  const answer = await act('disable');
  expect(answer.headers.get('location')).toMatch(new RegExp(`^${BASE}${SHOP}\\?notice=plugin.disable&undo=\\w+$`));
  expect(answer.headers.get('set-cookie')).toMatch(
    /^phraseworks-jobs-undo-\w+=plugin.disable%20shop;.* HttpOnly; SameSite=Strict$/,
  );
  expect(site.jobs.info().plugins).toMatchObject({ shop: 'off', ads: 'waiting' });
  expect(await site.html(SHOP)).toMatch(/<form [^>]*step=enable[^>]*><button type="submit">Enable</);
  await act('enable');
  expect(site.jobs.info().plugins).toMatchObject({ shop: 'on', ads: 'on' });
});

test('the dashboard can be configured, but not disabled from its own page', async () => {
  await using site = await openFormSite();
  const html = await site.html('/plugin/dashboard');
  expect(html).toContain('Only the configuration can disable it.');
  expect(html).not.toContain('step=disable');
  const refused = await site.post('/act?kind=plugin&name=dashboard&step=disable', {});
  expect(refused.headers.get('location')).toContain('refused=INVALID_STATE');
  expect(site.jobs.info().plugins.dashboard).toBe('on');
  const answer = await site.post('/plugin/dashboard', { 'data?json': '{ "language": "en" }', do: 'configure' });
  expect(answer.headers.get('location')).toBe(`${BASE}/plugin/dashboard?notice=plugin.configure`);
  expect(await site.html('/plugin/dashboard?notice=plugin.configure')).toContain('Settings saved.');
});

test('a user who may not administer sees the settings and cannot change them', async () => {
  await using site = await openFormSite();
  const html = await site.html(SHOP, 'user');
  expect(html).toContain('&quot;name&quot;: &quot;Shop&quot;');
  expect(html).not.toMatch(/<form method="post"/);
  const answer = await site.post('/act?kind=plugin&name=shop&step=disable', {}, 'user');
  expect(answer.headers.get('location')).toContain('refused=FORBIDDEN');
  expect((await site.post(SHOP, { 'data?json': '{}', do: 'configure' }, 'user')).status).toBe(403);
  expect(site.jobs.info().plugins.shop).toBe('on');
});
