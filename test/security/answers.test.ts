// What every answer carries and no answer tells: headers, errors from inside, and text that wants to be a page.

import dashboard from '@phraseworks/plugin-dashboard';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const CANARY = 'CANARY-inside';

const broken = definePlugin({
  name: 'broken',
  init(ctx) {
    const fail = (): never => {
      throw new Error(`${CANARY} at /srv/site/secret.ts`);
    };
    ctx.routes.get('/boom', fail);
    ctx.publicRoutes.get('/boom', fail);
    ctx.publicRoutes.get('/page', (c) => c.html('<p>hello</p>'));
    ctx.panel({ id: 'boom', title: 'Boom', data: fail });
    ctx.registerProcessor('order', async () => {});
  },
});

const open = (): Promise<TestJobs> =>
  createTestJobs({ plugins: { dashboard: { use: dashboard }, broken: { use: broken } } });

test.each<[string, number, string]>([
  ['/api/jobs', 200, 'application/json'],
  ['/api/jobs/nothing', 404, 'application/problem+json'],
  ['/api/nowhere', 404, 'application/problem+json'],
  ['/api/openapi.json', 200, 'application/json'],
  ['/health', 200, 'application/json'],
  ['/', 200, 'text/html'],
  ['/plugins', 200, 'text/html'],
  ['/no/such/page', 404, 'text/html'],
  ['/plugins/broken/public/page', 200, 'text/html'],
  ['/plugins/broken/boom', 500, 'application/problem+json'],
  ['/plugins/nobody/x', 404, 'application/problem+json'],
  ['/events', 200, 'text/event-stream'],
])('%s answers %i as %s, and cannot be framed, sniffed or kept', async (path, status, type) => {
  await using jobs = await open();
  const response = await jobs.request(path, { method: path === '/events' ? 'HEAD' : 'GET' });
  const { headers } = response;
  expect([response.status, headers.get('content-type')]).toEqual([status, expect.stringContaining(type)]);
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*(unsafe-inline|\*)/);
  expect(policy).toContain(type === 'text/html' ? "script-src 'self'" : "'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toMatch(/^(no-referrer|same-origin)$/);
  expect(headers.get('cache-control')).toMatch(/no-store|no-cache/);
  for (const name of ['server', 'x-powered-by', 'access-control-allow-origin', 'set-cookie']) {
    expect(headers.get(name)).toBeNull();
  }
});

test.each(['/plugins/broken/boom', '/plugins/broken/public/boom', '/api/panels/broken/boom'])(
  'what goes wrong inside %s is logged and not told',
  async (path) => {
    await using jobs = await open();
    const response = await jobs.request(path);
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: 'INTERNAL' }]);
    expect(text).not.toMatch(/CANARY|secret|\.ts|at /);
    expect(jobs.log.join('\n')).toContain(CANARY);
  },
);

const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'",
  '</textarea><script>alert(1)</script>',
  'javascript:alert(1)',
  '<svg onload=alert(1)>',
];

test('text that wants to be a page stays text on every page of the dashboard', async () => {
  await using jobs = await open();
  jobs.registerProcessor('hostile', async (data, _id, _attempt, job) => {
    job.log.info(data);
    throw new Error(data);
  });
  const added = await jobs.addJobs(PAYLOADS.map((data) => ({ type: 'hostile', data, maxRetries: 0 })));
  await jobs.idle();
  const paths = ['/', `/?q=${encodeURIComponent(PAYLOADS[0] ?? '')}`, ...added.map(({ id }) => `/job/${id}`)];
  for (const path of paths) {
    const page = await (await jobs.request(path)).text();
    expect(page).not.toMatch(
      /<script(?![^>]*\bsrc="[/\w.-]*")|<img src=x|<svg onload|<[a-z](?:[^>"]|"[^"]*")*\son\w+=/i,
    );
    expect(page).not.toMatch(/(href|src|action)="javascript:/i);
  }
  expect(await (await jobs.request(`/job/${added[0]?.id}`)).text()).toContain('&lt;script&gt;alert(1)');
});

test('text with line breaks and colours forges no line in the log', async () => {
  await using jobs = await open();
  await jobs.handleError(new Error('first\nerror forged line \u001b[31mred'), 'here\r\nand there');
  const lines = jobs.log.filter((line) => line.includes('forged'));
  expect(lines).toEqual(['error here and there: first error forged line  [31mred']);
});
