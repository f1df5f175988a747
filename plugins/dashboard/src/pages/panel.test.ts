// A plugin's page: its tables with pages, buttons in rows, and forms.
import { definePlugin, JobsError, parse } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { BASE, openSite } from '../../test/site.ts';

const Guest = z.strictObject({ name: z.string().min(2), age: z.int().optional() });
const PANEL = '/panels/guests/list';

const guests = (added: unknown[] = []) =>
  definePlugin({
    name: 'guests',
    init(ctx) {
      ctx.registerProcessor('greet', async () => {});
      ctx.panel({
        id: 'list',
        title: 'Guests',
        data: ({ page }) => [
          {
            type: 'table',
            columns: ['Name', ''],
            rows: [[`guest ${page}`, { label: 'Greet', post: `/greet/${page}`, confirm: 'Greet now?' }]],
            ...{ page, pages: 3 },
          },
          { type: 'form', label: 'Add guest', post: '/guests', schema: z.toJSONSchema(Guest), value: { name: 'Ada' } },
          { type: 'form', label: 'Add another', post: '/others', schema: z.toJSONSchema(Guest) },
        ],
      });
      ctx.routes.post('/greet/:n', async (c) => c.json({ jobId: (await ctx.addJob({ type: 'greet', data: {} })).id }));
      ctx.routes.post('/guests', async (c) => {
        const guest = await parse(Guest, await c.req.json(), 'data');
        if (!guest.ok) throw new JobsError('INVALID_DATA', 'wrong', { errors: guest.errors });
        added.push(guest.value);
        // Not the id of a job, so nothing links it as one.
        return c.json({ id: 'guest-1' });
      });
    },
  });

test('a table with pages links the others, and each shows its rows', async () => {
  await using site = await openSite({ plugins: { guests: guests() } });
  const first = await site.html(PANEL);
  expect(first).toContain('guest 1');
  expect(first).toContain('Page 1 of 3');
  expect(first).toContain(`href="${BASE}${PANEL}?page=2" rel="next"`);
  expect(first).not.toContain('rel="prev"');
  const last = await site.html(`${PANEL}?page=3`);
  expect(last).toContain('guest 3');
  expect(last).toContain(`href="${BASE}${PANEL}?page=2" rel="prev"`);
  expect(last).not.toContain('rel="next"');
});

test('a button in a row of a later page asks, runs, and returns there with a link to its job', async () => {
  await using site = await openSite({ plugins: { guests: guests() } });
  const html = await site.html(`${PANEL}?page=2`);
  expect(html).toContain('Greet now?');
  const [, action = ''] = /action="[^"]*(\/act\?[^"]*greet[^"]*)"/.exec(html) ?? [];
  const answer = await site.submit(action.replaceAll('&amp;', '&'));
  const [job] = (await site.jobs.listJobs({ type: 'greet' })).jobs;
  expect(answer.headers.get('location')).toBe(`${BASE}${PANEL}?page=2&notice=started&job=${job?.id}`);
  expect(await site.html('/log')).toContain(`<a href="${BASE}/plugin/guests">POST /plugins/guests/greet/`);
});

test('a button that is not on this page of the table is refused', async () => {
  await using site = await openSite({ plugins: { guests: guests() } });
  const answer = await site.submit(`/act?plugin=guests&panel=list&page=1&post=${encodeURIComponent('/greet/2')}`);
  expect(answer.headers.get('location')).toContain('refused=NOT_FOUND');
  expect((await site.jobs.listJobs({ type: 'greet' })).jobs).toEqual([]);
});

const send = (name: string, value: string) => new URLSearchParams({ do: 'send', 'data/name': name, 'data/age': value });
const FORM = `${PANEL}?post=${encodeURIComponent('/guests')}`;

test('a form sends the fields of its schema, and starts with its value', async () => {
  const added: unknown[] = [];
  await using site = await openSite({ plugins: { guests: guests(added) } });
  expect(await site.html(PANEL)).toMatch(/value="Ada"/);
  const answer = await site.submit(FORM, 'admin', {}, send('Grace', '41'));
  expect(answer.headers.get('location')).toBe(`${BASE}${PANEL}?notice=panel`);
  expect(added).toEqual([{ name: 'Grace', age: 41 }]);
});

test('an error of the plugin is shown at its field, with the typed text', async () => {
  const added: unknown[] = [];
  await using site = await openSite({ plugins: { guests: guests(added) } });
  const answer = await site.submit(FORM, 'admin', {}, send('G', '41'));
  expect(answer.status).toBe(400);
  const html = await answer.text();
  expect(html).toContain('href="#data/name"');
  expect(html).toMatch(/value="41"/);
  expect(added).toEqual([]);
});

test('only the first form is shown, and an update keeps the typed text', async () => {
  await using site = await openSite({ plugins: { guests: guests() } });
  const html = await site.html(PANEL);
  expect(html).not.toContain('Add another');
  expect(html).toContain('data-keep');
  const other = `${PANEL}?post=${encodeURIComponent('/others')}`;
  expect((await site.submit(other, 'admin', {}, send('Grace', '41'))).status).toBe(404);
});

test('users without the right to administer see no form and cannot send one', async () => {
  const added: unknown[] = [];
  await using site = await openSite({ plugins: { guests: guests(added) } });
  expect(await site.html(PANEL, 'user')).not.toContain('Add guest');
  expect((await site.submit(FORM, 'user', {}, send('Grace', '41'))).status).toBe(403);
  expect(added).toEqual([]);
});

test('an impossible time is shown as text', async () => {
  const never = '2024-13-45T99:99:99Z';
  await using site = await openSite({
    panel: () => [
      { type: 'stat', label: 'Next', value: never },
      { type: 'table', columns: ['At'], rows: [[never]] },
    ],
  });
  const html = await site.html('/panels/mail/box');
  expect(html).not.toContain('NaN');
  expect(html).toMatch(new RegExp(`<dd>${never}</dd>.*<td[^>]*>${never}</td>`, 's'));
});
