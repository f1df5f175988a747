// Every answer: its headers, no internal errors, and no forged log lines.

import { definePlugin, Pages } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const CANARY = 'CANARY-inside';

const broken = definePlugin({
  name: 'broken',
  needs: { pages: Pages },
  init(ctx) {
    const fail = (): never => {
      throw new Error(`${CANARY} at /srv/site/secret.ts`);
    };
    ctx.routes.get('/boom', fail);
    ctx.publicRoutes.get('/boom', fail);
    ctx.publicRoutes.get('/page', (c) => c.html('<p>hello</p>'));
    ctx.needs.pages.get('/', (c) => c.html('<p>hello</p>'));
    ctx.panel({ id: 'boom', title: 'Boom', data: fail });
    ctx.registerProcessor('order', async () => {});
  },
});

const open = (): Promise<TestJobs> => createTestJobs({ plugins: { broken: { use: broken } } });

test.each<[string, number, string]>([
  ['/api/jobs', 200, 'application/json'],
  ['/api/jobs/nothing', 404, 'application/problem+json'],
  ['/api/nowhere', 404, 'application/problem+json'],
  ['/api/openapi.json', 200, 'application/json'],
  ['/health', 200, 'application/json'],
  ['/', 200, 'text/html'],
  ['/plugins/broken/public/page', 200, 'text/html'],
  ['/plugins/broken/boom', 500, 'application/problem+json'],
  ['/plugins/nobody/x', 404, 'application/problem+json'],
])('%s answers %i as %s, and cannot be framed, sniffed or cached', async (path, status, type) => {
  await using jobs = await open();
  const response = await jobs.request(path);
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
  'an internal error of %s is logged and not shown',
  async (path) => {
    await using jobs = await open();
    const response = await jobs.request(path);
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: 'INTERNAL' }]);
    expect(text).not.toMatch(/CANARY|secret|\.ts|at /);
    expect(jobs.log.join('\n')).toContain(CANARY);
  },
);

test('text with line breaks and colours cannot forge a log line', async () => {
  await using jobs = await open();
  await jobs.handleError(new Error('first\nerror forged line \u001b[31mred'), 'here\r\nand there');
  const lines = jobs.log.filter((line) => line.includes('forged'));
  expect(lines).toEqual(['error here and there: first error forged line  [31mred']);
});
