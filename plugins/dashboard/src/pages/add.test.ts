// The page that adds a job: its form, its errors, and the added job.
import { describe, expect, test } from 'vitest';
import { BASE, type FormSite, fieldsIn, openFormSite } from '../../test/form-site.ts';

const ORDER = '/add?type=order&example=1';

const added = async (site: FormSite) => (await site.jobs.listJobs()).jobs[0];

test('types are listed, each with its form', async () => {
  await using site = await openFormSite();
  const html = await site.html('/add');
  expect(html).toContain(`<a href="${BASE}/add?type=order">order</a>`);
  expect(await site.html('/add?type=none')).toContain('Unknown job type.');
});

test('the form is empty, and filled with the example on request', async () => {
  await using site = await openFormSite();
  const html = await site.html('/add?type=order');
  expect(fieldsIn(html)).toMatchObject({ 'data/item': '', 'data/count': '' });
  expect(html).toContain(`<a href="${BASE}${ORDER.replace('&', '&amp;')}">Fill in an example</a>`);
  expect(fieldsIn(await site.html(ORDER))).toMatchObject({ 'data/item': 'cup', 'data/count': '2' });
});

test('a job is added with its data and options, and its page opens', async () => {
  await using site = await openFormSite();
  const form = fieldsIn(await site.html(ORDER));
  const more = { 'data/to/0': 'ada', priority: 'high', delay: '2 hours', maxRetries: '0', expires: '1 d', key: 'cups' };
  const answer = await site.post(ORDER, { ...form, ...more, do: 'add' });
  const job = await added(site);
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${BASE}/job/${job?.id}?notice=job.add`]);
  expect(job).toMatchObject({
    type: 'order',
    data: { item: 'cup', count: 2, to: 'ada' },
    priority: 'high',
    maxRetries: 0,
    key: 'cups',
  });
  expect(job?.runAt).toBe(new Date(site.jobs.clock.now() + 7_200_000).toISOString());
});

describe('an error', () => {
  test('is shown at its field, and the typed text is kept', async () => {
    await using site = await openFormSite();
    const typed = { ...fieldsIn(await site.html(ORDER)), 'data/count': 'many', 'data/item': '<b>&"', delay: 'later' };
    const first = await site.post(ORDER, { ...typed, do: 'add' });
    expect(first.status).toBe(400);
    const html = await first.text();
    expect(html).toContain('id="delay!">must be a duration');
    expect(html).not.toContain('<b>&');
    expect(fieldsIn(html)).toMatchObject(typed);
    const second = await site.post(ORDER, { ...typed, delay: '', do: 'add' });
    expect(await second.text()).toMatch(/id="data\/count!">must be/);
    expect((await site.jobs.listJobs()).jobs).toEqual([]);
  });

  test('of one field is shown together with those of all others, missing ones too', async () => {
    await using site = await openFormSite();
    const typed = { ...fieldsIn(await site.html('/add?type=order')), 'data/count': '12', expires: '30' };
    const html = await (await site.post('/add?type=order', { ...typed, do: 'add' })).text();
    for (const place of ['data/item', 'data/count', 'expires']) expect(html).toContain(`id="${place}!"`);
    expect(html).toContain('Fix 3 errors:');
    expect(html).toMatch(/<form [^>]*novalidate/);
  });

  test('in a row is shown in that row, even after an empty one', async () => {
    await using site = await openFormSite();
    const steps = {
      'data/to?rows': '2',
      'data/to/0': '',
      'data/to/1': 'ada',
      'data/steps?rows': '2',
      'data/steps/0?as': '0',
      'data/steps/1?as': '1',
      'data/steps/1/days': 'soon',
    };
    const answer = await site.post(ORDER, { ...fieldsIn(await site.html(ORDER)), ...steps, do: 'add' });
    const html = await answer.text();
    expect(html).toContain('id="data/steps/1/days!"');
    expect(fieldsIn(html)).toMatchObject({ 'data/to?rows': '1', 'data/to/0': 'ada', 'data/steps/1/days': 'soon' });
  });

  test('in JSON is shown with its line', async () => {
    await using site = await openFormSite();
    const answer = await site.post(ORDER, { 'data?json': '{\n  "item": cup\n}', do: 'add' });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('at line 2, column 11')]);
  });
});

test('rows and shapes are added and removed without a script', async () => {
  await using site = await openFormSite();
  let form = fieldsIn(await site.html(ORDER));
  const press = async (button: string, typed: Record<string, string> = {}) => {
    form = fieldsIn(await (await site.post(ORDER, { ...form, ...typed, do: button })).text());
  };
  await press('add data/steps', { 'data/item': 'mug' });
  await press('show', { 'data/steps/0?as': '1' });
  await press('add data/steps', { 'data/steps/0/days': '3' });
  await press('raise data/steps/1', { 'data/steps/1/paper': 'red' });
  await site.post(ORDER, { ...form, do: 'add' });
  expect((await added(site))?.data).toEqual({
    item: 'mug',
    count: 2,
    steps: [
      { type: 'wrap', paper: 'red' },
      { type: 'ship', days: 3 },
    ],
  });
});

test('the form is converted to JSON and back, and JSON is added unchanged', async () => {
  await using site = await openFormSite();
  const form = { ...fieldsIn(await site.html(ORDER)), 'data/item': 'mug', delay: '1 hour' };
  const asJson = fieldsIn(await (await site.post(ORDER, { ...form, do: 'json' })).text());
  expect(JSON.parse(asJson['data?json'] ?? '')).toEqual({ item: 'mug', count: 2 });
  expect(asJson.delay).toBe('1 hour');
  expect(fieldsIn(await (await site.post(ORDER, { ...asJson, do: 'fields' })).text())).toMatchObject({
    'data/item': 'mug',
  });
  await site.post(ORDER, { ...asJson, do: 'add' });
  expect((await added(site))?.data).toEqual({ item: 'mug', count: 2 });
});

test('a copy of a job keeps its secrets without showing them', async () => {
  await using site = await openFormSite();
  const { id } = await site.jobs.addJob({
    type: 'order',
    data: { item: 'cup', count: 1, apiKey: 'CANARY' },
    priority: 'low',
  });
  const html = await site.html(`/add?from=${id}`);
  expect(html).not.toContain('CANARY');
  await site.post(`/add?type=order&from=${id}`, { ...fieldsIn(html), 'data/count': '3', do: 'add' });
  const copy = (await site.jobs.listJobs()).jobs.find((job) => job.id !== id);
  expect(copy).toMatchObject({ data: { item: 'cup', count: 3, apiKey: 'CANARY' }, priority: 'low' });
});

test('a copy of a job about content is about it, too', async () => {
  await using site = await openFormSite();
  const data = { item: 'cup', count: 2 };
  const { id } = await site.jobs.addJob({ type: 'order', data, about: { kind: 'post', id: 17 } });
  const copy = `/add?type=order&from=${id}`;
  const form = fieldsIn(await site.html(copy));
  const byScript = await (await site.post(copy, { ...form, do: 'job' })).json();
  expect(byScript).toMatchObject({ about: { kind: 'post', id: '17' } });
  await site.post(copy, { ...form, do: 'add' });
  expect((await site.jobs.listJobs({ about: 'post:17' })).jobs).toHaveLength(2);
});

test('a copy sent by the script needs its secrets typed again', async () => {
  await using site = await openFormSite();
  const { id } = await site.jobs.addJob({ type: 'order', data: { item: 'cup', count: 1, apiKey: 'CANARY' } });
  const at = `/add?type=order&from=${id}`;
  const form = fieldsIn(await site.html(at));
  const answer = await site.post(at, { ...form, do: 'job' });
  const html = await answer.text();
  expect([answer.status, html]).toEqual([400, expect.stringContaining('id="data/apiKey!"')]);
  expect(html).not.toContain('CANARY');
  expect(await (await site.post(at, { ...form, 'data/apiKey': 'new', do: 'job' })).json()).toMatchObject({
    data: { apiKey: 'new' },
  });
});

test('a copy whose original was deleted meanwhile keeps the typed text, and does not use a mask as a secret', async () => {
  await using site = await openFormSite();
  const { id } = await site.jobs.addJob({ type: 'order', data: { item: 'cup', count: 1, apiKey: 'CANARY' } });
  const at = `/add?type=order&from=${id}`;
  const form = { ...fieldsIn(await site.html(at)), 'data/item': 'mug' };
  await site.jobs.idle();
  await site.jobs.deleteJob(id);
  const answer = await site.post(at, { ...form, do: 'add' });
  const html = await answer.text();
  expect([answer.status, fieldsIn(html)]).toEqual([400, expect.objectContaining({ 'data/item': 'mug' })]);
  expect(html).toContain('id="data/apiKey!"');
  expect(html).toContain(`action="${BASE}/add?type=order&amp;from=${id}"`);
  await site.post(at, { ...form, 'data/apiKey': 'new', do: 'add' });
  expect((await added(site))?.data).toEqual({ item: 'mug', count: 1, apiKey: 'new' });
});

test('with its plugin off, the page says that the job waits', async () => {
  await using site = await openFormSite();
  await site.jobs.plugins.disable('shop');
  expect(await site.html(ORDER)).toMatch(/The job will wait: plugin disabled\..*\/plugin\/shop">shop<\/a>/);
  await site.post(ORDER, { 'data?json': '{ "item": "cup", "count": 1 }', do: 'add' });
  expect(await added(site)).toMatchObject({ status: 'parked', reason: 'plugin_disabled' });
});

test('the script gets the job as JSON, and sends it with its files', async () => {
  await using site = await openFormSite();
  const answer = await site.post(ORDER, { ...fieldsIn(await site.html(ORDER)), priority: 'low', do: 'job' });
  expect(await answer.json()).toEqual({ type: 'order', data: { item: 'cup', count: 2 }, priority: 'low' });
});

test('adding a job requires the right to add', async () => {
  await using site = await openFormSite();
  expect((await site.get('/add', 'user')).status).toBe(200);
  expect((await site.get('/add', 'anonymous')).status).toBe(401);
});
