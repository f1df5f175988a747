// Requests passed on to plugins and pages have their own path, and gain no rights on the way.
import { Hono } from 'hono';
import { afterEach, describe, expect, test } from 'vitest';
import { createStand, type Stand } from '../../test/http-stand.ts';
import type { CallVariables } from '../plugins/apps.ts';
import type { PluginPages } from '../plugins/routes.ts';
import { requestInside } from './mount.ts';

let stand: Stand;
afterEach(() => stand.close());

const dispatch = async (plugin: string, kind: string, request: Request, { user, base }: CallVariables) => {
  const { pathname, search } = new URL(request.url);
  return Response.json([plugin, kind, request.method, pathname + search, await request.text(), user ?? '', base]);
};
const authorize = () => ({ user: 'ann' });

describe('a request to a plugin', () => {
  test.each<[string, string, string[]]>([
    ['GET', '/plugins/email/mailbox/7?raw=1', ['email', 'routes', 'GET', '/mailbox/7?raw=1', '', 'ann', '/jobs']],
    ['POST', '/plugins/email/test', ['email', 'routes', 'POST', '/test', 'body', 'ann', '/jobs']],
    ['DELETE', '/plugins/email', ['email', 'routes', 'DELETE', '/', '', 'ann', '/jobs']],
    ['GET', '/plugins/email/public/unsubscribe/3', ['email', 'public', 'GET', '/unsubscribe/3', '', '', '/jobs']],
    ['GET', '/plugins/email/public', ['email', 'public', 'GET', '/', '', '', '/jobs']],
    ['GET', '/plugins/email/%70ublic/x', ['email', 'public', 'GET', '/x', '', '', '/jobs']],
    ['GET', '/plugins/email/public%2Fx', ['email', 'routes', 'GET', '/public%2Fx', '', 'ann', '/jobs']],
    ['GET', '/plugins/email/a%2Fb/c', ['email', 'routes', 'GET', '/a%2Fb/c', '', 'ann', '/jobs']],
    ['GET', '/plugins/email/public/../secret', ['email', 'routes', 'GET', '/secret', '', 'ann', '/jobs']],
    ['GET', '/plugins/email//public/x', ['email', 'routes', 'GET', '//public/x', '', 'ann', '/jobs']],
  ])('%s %s', async (method, path, expected) => {
    stand = await createStand({ dispatch, authorize });
    const body = method === 'POST' ? { body: 'body' } : {};
    expect(await (await stand.app.request(`/jobs${path}`, { method, ...body })).json()).toEqual(expected);
  });

  test('works under a mount point with more segments', async () => {
    stand = await createStand({ dispatch, authorize });
    const outer = new Hono().basePath('/admin');
    outer.route('/:tenant/jobs', stand.routes);
    const response = await outer.request('/admin/a%20b/jobs/plugins/email/x');
    expect(await response.json()).toEqual(['email', 'routes', 'GET', '/x', '', 'ann', '/admin/a%20b/jobs']);
  });
});

describe('plugin pages', () => {
  const pages: PluginPages = {
    at: '',
    fetch: async (request, { base }) => new Response(`${new URL(request.url).pathname} on ${base}`),
  };

  test.each([
    ['/jobs', '/ on /jobs'],
    ['/jobs/', '/ on /jobs'],
    ['/jobs/job/7', '/job/7 on /jobs'],
  ])('%s', async (path, expected) => {
    stand = await createStand({ pages: () => [pages] });
    expect(await (await stand.app.request(path)).text()).toBe(expected);
  });

  test.each([
    [[], 'api/openapi.json'],
    [['/metrics'], 'api/openapi.json'],
    [['', '/metrics'], '../jobs'],
  ])('with pages at %j, signing in leads to %s', async (places, to) => {
    const all = places.map((at): PluginPages => ({ at, fetch: async () => new Response('') }));
    stand = await createStand({ closed: true, pages: () => all });
    const body = new URLSearchParams({ code: await stand.signIn.code(60_000), secure: '' });
    const response = await stand.app.request('/jobs/sign-in', { method: 'POST', body });
    expect(await response.text()).toContain(`href="${to}"`);
  });

  test('of several plugins each answer at their own path, even below /api', async () => {
    const docs: PluginPages = {
      at: '/api/docs',
      fetch: async (request) => new Response(`docs ${new URL(request.url).pathname}`),
    };
    stand = await createStand({ pages: () => [pages, docs] });
    const text = async (path: string) => (await stand.app.request(`/jobs${path}`)).text();
    expect(await text('/api/docs')).toBe('docs /');
    expect(await text('/api/docs/page.js')).toBe('docs /page.js');
    expect(await text('/apidocs')).toBe('/apidocs on /jobs');
    expect((await stand.app.request('/jobs/api/docsx')).status).toBe(404);
  });

  test('need the right to view, and do not answer for the API', async () => {
    const asked: string[] = [];
    stand = await createStand({ pages: () => [pages], authorize: (_c, action) => asked.push(action) > 1 });
    expect((await stand.app.request('/jobs/')).status).toBe(403);
    expect((await stand.app.request('/jobs/', { method: 'PUT' })).status).toBe(404);
    expect((await stand.app.request('/jobs/api/x')).status).toBe(404);
    expect(asked).toEqual(['view']);
  });

  test('accept forms of their own site, but not of others or too large ones', async () => {
    const taken: string[] = [];
    const form: PluginPages = {
      at: '',
      fetch: async (request) => {
        taken.push(await request.text());
        return new Response(null, { status: 303 });
      },
    };
    stand = await createStand({ pages: () => [form] });
    const post = (body: string, site: string) =>
      stand.app.request('/jobs/act', { method: 'POST', body, headers: { 'sec-fetch-site': site } });
    expect((await post('a=1', 'same-origin')).status).toBe(303);
    expect((await post('a=2', 'cross-site')).status).toBe(403);
    expect((await post('x'.repeat(2 * 1024 * 1024), 'same-origin')).status).toBe(413);
    expect(taken).toEqual(['a=1']);
  });
});

describe('an internal request', () => {
  const page = { at: '', fetch: async () => requestInside(stand.routes, '/api/jobs') };

  test('has the rights of the request being answered', async () => {
    stand = await createStand({ closed: true, pages: () => [page] });
    const headers = { authorization: `Bearer ${await stand.signIn.token(60_000)}` };
    expect((await stand.app.request('/jobs', { headers })).status).toBe(200);
  });

  test('has no rights of its own', async () => {
    stand = await createStand({ closed: true });
    const init = { headers: { host: 'localhost' } };
    expect((await requestInside(stand.routes, '/api/jobs', init)).status).toBe(401);
  });

  test('from a public address has only the rights of the caller', async () => {
    const inside = () => requestInside(stand.routes, '/api/jobs', { headers: { authorization: 'Bearer secret' } });
    stand = await createStand({
      dispatch: inside,
      authorize: (c) => c.req.header('authorization') === 'Bearer secret',
    });
    expect((await stand.app.request('/jobs/plugins/email/public/x')).status).toBe(403);
  });
});
