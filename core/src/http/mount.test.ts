// Requests passed on to plugins and pages have their own path, and gain no rights on the way.
import { definePlugin, lend, Pages, type PluginApp, type PluginContext, SignIn } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { openHttpSite } from '../../test/http-site.ts';

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
    const { app } = await openHttpSite({ authorize });
    const body = method === 'POST' ? { body: 'body' } : {};
    expect(await (await app.request(`/jobs${path}`, { method, ...body })).json()).toEqual(expected);
  });

  test('works under a mount point with more segments', async () => {
    const { jobs } = await openHttpSite({ authorize });
    const outer = new Hono().basePath('/admin');
    outer.route('/:tenant/jobs', jobs.routes);
    const response = await outer.request('/admin/a%20b/jobs/plugins/email/x');
    expect(await response.json()).toEqual(['email', 'routes', 'GET', '/x', '', 'ann', '/admin/a%20b/jobs']);
  });
});

test('requests next to the mount point are left to the host', async () => {
  const { app } = await openHttpSite();
  expect(await (await app.request('/jobsite')).text()).toBe('the site');
});

/** A plugin whose pages are at `pagesAt`; `fill` adds them. */
const pagesOf = (name: string, pagesAt: string, fill: (pages: PluginApp, ctx: PluginContext) => void) => ({
  use: definePlugin({
    name,
    pagesAt,
    needs: { pages: Pages },
    init: (ctx) => fill(ctx.needs.pages, ctx as PluginContext),
  }),
});
const front = pagesOf('front', '', (pages) =>
  pages.all('*', (c) => c.text(`${new URL(c.req.url).pathname} on ${c.var.base}`)),
);
const docs = pagesOf('docs', '/api/docs', (pages) =>
  pages.all('*', (c) => c.text(`docs ${new URL(c.req.url).pathname}`)),
);

describe('plugin pages', () => {
  test('of several plugins each answer at their own path, even below /api', async () => {
    const { app } = await openHttpSite({ plugins: { front, docs } });
    const text = async (path: string) => (await app.request(`/jobs${path}`)).text();
    expect(await text('')).toBe('/ on /jobs');
    expect(await text('/')).toBe('/ on /jobs');
    expect(await text('/job/7')).toBe('/job/7 on /jobs');
    expect(await text('/api/docs')).toBe('docs /');
    expect(await text('/api/docs/page.js')).toBe('docs /page.js');
    expect(await text('/apidocs')).toBe('/apidocs on /jobs');
    expect((await app.request('/jobs/api/docsx')).status).toBe(404);
  });

  test.each([
    ['no pages', {}, 'api/openapi.json'],
    ['pages elsewhere', { docs }, 'api/openapi.json'],
    ['pages at the mount path', { front, docs }, '../jobs'],
  ])('with %s, signing in leads on', async (_, plugins, to) => {
    const service: SignIn = { hint: '', verdict: () => null, answer: ({ next }) => new Response(next) };
    const { app } = await openHttpSite({ closed: true, plugins, services: [lend(SignIn, service)] });
    expect(await (await app.request('/jobs/sign-in', { method: 'POST' })).text()).toBe(to);
  });

  test('need the right to view, and do not answer for the API', async () => {
    const asked: string[] = [];
    const { app } = await openHttpSite({ plugins: { front }, authorize: (_c, action) => asked.push(action) > 1 });
    expect((await app.request('/jobs/')).status).toBe(403);
    expect((await app.request('/jobs/', { method: 'PUT' })).status).toBe(404);
    expect((await app.request('/jobs/api/x')).status).toBe(404);
    expect(asked).toEqual(['view', 'view']);
  });

  test('accept forms of their own site, but not of others or too large ones', async () => {
    const taken: string[] = [];
    const form = pagesOf('front', '', (pages) =>
      pages.post('/act', async (c) => {
        taken.push(await c.req.text());
        return c.redirect('/', 303);
      }),
    );
    const { app } = await openHttpSite({ plugins: { front: form } });
    const post = (body: string, site: string) =>
      app.request('/jobs/act', { method: 'POST', body, headers: { 'sec-fetch-site': site } });
    expect((await post('a=1', 'same-origin')).status).toBe(303);
    expect((await post('a=2', 'cross-site')).status).toBe(403);
    expect((await post('x'.repeat(2 * 1024 * 1024), 'same-origin')).status).toBe(413);
    expect(taken).toEqual(['a=1']);
  });
});

describe('an internal request', () => {
  const asking = pagesOf('front', '', (pages, ctx) => {
    pages.get('/', () => ctx.request('/api/jobs'));
    ctx.publicRoutes.get('/x', () => ctx.request('/api/jobs', { headers: { authorization: 'Bearer secret' } }));
    ctx.addFilter('job:before-add', async (job) => ({ ...job, data: (await ctx.request('/api/jobs')).status }));
  });

  test('has the rights of the request being answered', async () => {
    const { app } = await openHttpSite({
      plugins: { front: asking },
      authorize: (c) => c.req.header('authorization') === 'Bearer mine' || null,
    });
    expect((await app.request('/jobs', { headers: { authorization: 'Bearer mine' } })).status).toBe(200);
  });

  test('has no rights of its own', async () => {
    const { jobs } = await openHttpSite({ closed: true, plugins: { front: asking } });
    jobs.registerProcessor('plain', () => {});
    expect((await jobs.addJob({ type: 'plain', data: {} })).data).toBe(401);
  });

  test('from a public address has only the rights of the caller', async () => {
    const { app } = await openHttpSite({
      plugins: { front: asking },
      authorize: (c) => c.req.header('authorization') === 'Bearer secret',
    });
    expect((await app.request('/jobs/plugins/front/public/x')).status).toBe(403);
  });
});
