// Bodies that are wrong are refused in our words, early, and nothing of them comes back.
import { Hono } from 'hono';
import { beforeEach, describe, expect, test } from 'vitest';
import { type HttpSite, openHttpSite } from '../../test/http-site.ts';

const CANARY = 'CANARY-7f3a';

let site: HttpSite;
beforeEach(async () => {
  site = await openHttpSite();
});

const JSON_TYPE = { 'content-type': 'application/json' };

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE) {
  const init = { method: 'POST', body, headers };
  const response = await site.app.request('/jobs/api/jobs', init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const job = (data: string) => `{"type":"email","data":${data}}`;

describe('a body', () => {
  test.each([
    ['application/json', 201],
    ['application/json;charset=UTF-8', 201],
    ['Application/JSON; charset="utf-8"', 201],
    ['application/jsonp', 415],
  ])('of type %s is answered with %i', async (type, status) => {
    expect((await post(job('{}'), { 'content-type': type })).status).toBe(status);
  });

  test('of one megabyte is accepted, and one byte more is refused', async () => {
    const most = 1024 * 1024;
    const fill = (bytes: number) => job('{}').padEnd(bytes);
    expect((await post(fill(most))).status).toBe(201);
    const answer = await post(fill(most + 1));
    expect(answer.status).toBe(413);
    expect(answer.headers.get('connection')).toBe('close');
  });
});

test('a body already read by the host fails, and the log explains why', async () => {
  const host = new Hono();
  host.use(async (c, next) => {
    await c.req.raw.text();
    await next();
  });
  host.route('/jobs', site.jobs.routes);
  const response = await host.request('/jobs/api/jobs', { method: 'POST', body: job('{}'), headers: JSON_TYPE });
  expect(response.status).toBe(500);
  expect(site.lines.join()).toContain('mount jobs.routes before body parsers');
});

test('an optional body may be missing, but must be JSON if present', async () => {
  const disable = (init: RequestInit) =>
    site.app.request('/jobs/api/plugins/email/disable', { method: 'POST', ...init });
  expect((await disable({})).status).toBe(200);
  expect((await disable({ body: '', headers: JSON_TYPE })).status).toBe(200);
  expect((await disable({ body: '{"timeout":5}', headers: JSON_TYPE })).status).toBe(200);
  expect((await disable({ body: 'timeout=5' })).status).toBe(415);
  expect((await disable({ body: new Uint8Array([1]) })).status).toBe(415);
});

describe('a refusal does not repeat the input', () => {
  test.each<[string, string, string | undefined, string]>([
    ['as a key next to a forbidden one', 'POST', `{"${CANARY}":{"__proto__":"${CANARY}"}}`, '/api/jobs'],
    ['as a filter', 'GET', undefined, `/api/jobs?status=${CANARY}&limit=${CANARY}&from=${CANARY}`],
    ['as an unknown filter', 'GET', undefined, `/api/jobs?${CANARY}=${CANARY}`],
    ['as an address', 'GET', undefined, `/api/${CANARY}`],
    ['as a schedule', 'POST', undefined, `/api/schedules/${CANARY}/${CANARY}/run`],
    ['as a panel', 'GET', undefined, `/api/panels/${CANARY}/${CANARY}`],
  ])('%s', async (_, method, body, path) => {
    const init = body === undefined ? { method } : { method, body, headers: JSON_TYPE };
    const response = await site.app.request(`/jobs${path}`, init);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const seen = JSON.stringify([await response.text(), [...response.headers]]);
    expect(seen).not.toContain(CANARY);
    expect(seen).toContain('problem+json');
  });
});
