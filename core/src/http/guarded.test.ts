// Guarded routes of plugins: what answers without asking for a right is withheld.
import { definePlugin, type PluginContext } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { openHttpSite } from '../../test/http-site.ts';

const open = async (init: (ctx: PluginContext) => void, guardedAt?: string) => {
  const desk = definePlugin({ name: 'desk', ...(guardedAt ? { guardedAt } : {}), init });
  const site = await openHttpSite({
    plugins: { desk: { use: desk } },
    authorize: (c, action) => (c.req.header('x-user') ? action === 'view' && { user: 'ann' } : null),
  });
  const get = async (path: string, user = 'ann') => {
    const response = await site.app.request(`/jobs${path}`, { headers: user === '' ? {} : { 'x-user': user } });
    return [response.status, await response.text()];
  };
  return { ...site, get };
};

test('an answer and an error that were given without asking are withheld, and the log names the route', async () => {
  const { get, lines } = await open(({ guarded, authorize }) => {
    guarded.get('/open', (c) => c.text('CANARY'));
    guarded.get('/broken', () => Promise.reject(new Error('CANARY')));
    // It has the caller and does not ask.
    guarded.get('/lazy', async (c) => c.text(`CANARY ${await authorize(c)}`));
  });
  for (const path of ['open', 'broken', 'lazy']) {
    expect(await get(`/plugins/desk/guarded/${path}`)).toEqual([500, expect.not.stringContaining('CANARY')]);
    expect(lines.join('\n')).toContain(`GET /plugins/desk/guarded/${path} without asking`);
  }
});

test('a route answers those who have the right that it asks for, also at a path of its own', async () => {
  for (const at of ['/plugins/desk/guarded', '/desk/of/mine']) {
    const { get } = await open(
      ({ guarded, authorize }) => {
        guarded.get('/seen', async (c) => c.text(`for ${(await authorize(c, 'view')).user}`));
        guarded.get('/changed', async (c) => c.text(`by ${(await authorize(c, 'operate')).user}`));
      },
      at.startsWith('/plugins') ? undefined : at,
    );
    expect(await get(`${at}/seen`)).toEqual([200, 'for ann']);
    expect((await get(`${at}/seen`, ''))[0]).toBe(401);
    expect((await get(`${at}/changed`))[0]).toBe(403);
    expect((await get(`${at}/nowhere`))[0]).toBe(404);
    expect((await get(`${at}/nowhere`, ''))[0]).toBe(401);
  }
});

test('whoever sends too much learns that, whatever their rights', async () => {
  const { app } = await open(({ guarded, authorize }) => {
    guarded.post('/kept', async (c) => {
      await authorize(c, 'add');
      return c.text(await c.req.text());
    });
  });
  const headers = { 'x-user': 'ann', 'content-length': String(1024 * 1024 + 1) };
  const response = await app.request('/jobs/plugins/desk/guarded/kept', { method: 'POST', body: 'x', headers });
  expect(response.status).toBe(413);
});

test('readers who may not view do not keep those who may waiting', async () => {
  const { get } = await open(({ guarded, authorize }) => {
    guarded.get('/slow', async (c) => {
      await authorize(c, 'view').catch(() => new Promise(() => {}));
      return c.text('seen');
    });
  });
  for (let n = 0; n < 20; n += 1) void get('/plugins/desk/guarded/slow', '');
  expect(await get('/plugins/desk/guarded/slow')).toEqual([200, 'seen']);
});

test('a page of another site does not reach a route that writes before it asks', async () => {
  const done: string[] = [];
  const { app } = await open(({ guarded, authorize }) => {
    guarded.post('/hasty', async (c) => {
      done.push(c.req.header('x-user') ?? '');
      await authorize(c, 'view');
      return c.text('done');
    });
  });
  const post = async (headers: Record<string, string>) =>
    (await app.request('/jobs/plugins/desk/guarded/hasty', { method: 'POST', headers })).status;
  expect(await post({ 'x-user': 'eve', host: 'localhost', origin: 'https://evil.example.com' })).toBe(403);
  expect(await post({ 'x-user': 'ann', host: 'localhost', origin: 'http://localhost' })).toBe(200);
  expect(done).toEqual(['ann']);
});
