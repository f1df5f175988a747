// Access: the decision of the host, sign-in without one, and no writes from other sites.
import { JobsError, lend, SignIn, type Verdict } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { type HttpSite, openHttpSite } from '../../test/http-site.ts';
import { silent } from '../../test/live-stand.ts';
import { createGuard } from './guard.ts';
import { answerProblem } from './problem.ts';

async function status({ app }: HttpSite, headers: Record<string, string>, method = 'GET'): Promise<number> {
  const path = method === 'GET' ? '/jobs/api/jobs' : '/jobs/api/plugins/email/enable';
  return (await app.request(path, { method, headers })).status;
}

describe('without authorize', () => {
  const own = { host: 'localhost:3210' };
  const evil = { ...own, origin: 'https://evil.example.com' };

  // That every other address is closed: `expectClosed()` of the tests of sign-in.
  test('and without a plugin that signs in, everything is closed, and says what to add', async () => {
    const { app } = await openHttpSite({ closed: true });
    for (const path of ['/api/jobs', '/api/nowhere', '/plugins/email/x', '/sign-in', '/sign-out', '/']) {
      const response = await app.request(`/jobs${path}`);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.json()).toMatchObject({
        code: 'UNAUTHORIZED',
        detail: expect.stringContaining("add `'sign-in': true` to `plugins`"),
      });
    }
    for (const path of ['/health', '/ready']) expect((await app.request(`/jobs${path}`)).status).not.toBe(401);
  });

  test('the service that signs in decides, and learns which requests pages of other sites caused', async () => {
    const asked: unknown[] = [];
    const service: SignIn = {
      hint: 'Say please.',
      verdict: ({ request, isForeign }, action) => {
        asked.push([request.method, isForeign, action]);
        return !isForeign;
      },
      answer: () => new Response(),
    };
    const site = await openHttpSite({ closed: true, services: [lend(SignIn, service)] });
    expect(await status(site, own)).toBe(200);
    expect(await status(site, evil)).toBe(403);
    expect(await status(site, { ...own, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status(site, { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
    const before = asked.length;
    expect(await status(site, evil, 'POST')).toBe(403);
    expect(asked).toHaveLength(before);
    expect(await status(site, { ...evil, authorization: 'Bearer x' }, 'POST')).toBe(403);
    expect(asked.at(-1)).toEqual(['POST', true, 'administer']);
  });

  test.each<[string, Partial<SignIn>, number, string]>([
    ['nothing', { verdict: () => null }, 401, 'Say please.'],
    ['a limit that cannot be applied', { verdict: () => ({ where: { typo: [] } as never }) }, 403, 'permission'],
    [
      'an error',
      {
        verdict: () => {
          throw new Error('secret');
        },
      },
      403,
      'permission',
    ],
  ])('if the service answers %s, nobody gets in', async (_, part, expected, detail) => {
    const service = { hint: 'Say please.', answer: () => new Response(), ...part } as SignIn;
    const { app } = await openHttpSite({ closed: true, services: [lend(SignIn, service)] });
    const response = await app.request('/jobs/api/jobs');
    expect(response.status).toBe(expected);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(detail) });
  });
});

describe('authorize', () => {
  test.each<[string, Verdict | Promise<Verdict> | Error, number, string]>([
    ['true lets in', true, 200, ''],
    ['a promise of true lets in', Promise.resolve(true), 200, ''],
    ['a user lets in', { user: 'ann' }, 200, ''],
    ['false is 403', false, 403, 'FORBIDDEN'],
    ['null is 401', null, 401, 'UNAUTHORIZED'],
    ['nothing is 401', undefined as unknown as null, 401, 'UNAUTHORIZED'],
    ['another value is 403', 'yes' as unknown as boolean, 403, 'FORBIDDEN'],
    ['a throw is 403', new Error('no database'), 403, 'FORBIDDEN'],
    ['a throw that says "not now" is 503', new JobsError('UNAVAILABLE', 'away'), 503, 'UNAVAILABLE'],
  ])('%s', async (_, verdict, expected, code) => {
    const site = await openHttpSite({
      authorize: () => {
        if (verdict instanceof Error) throw verdict;
        return verdict;
      },
    });
    const response = await site.app.request('/jobs/api/jobs');
    expect(response.status).toBe(expected);
    if (code !== '') expect(await response.json()).toMatchObject({ code, status: expected });
    expect(response.headers.get('www-authenticate')).toBe(expected === 401 ? 'Bearer' : null);
  });

  test('a person who may not add is refused before the body is read', async () => {
    const site = await openHttpSite({ authorize: () => false });
    const response = await site.app.request('/jobs/api/jobs', { method: 'POST', body: 'not json' });
    expect(response.status).toBe(403);
  });
});

test('a site that does not decide in time is unavailable, wherever it was asked', async () => {
  const clock = new HandClock();
  const authorize = () => new Promise<never>(() => {});
  const guard = createGuard({
    authorize,
    signIn: () => undefined,
    arePluginsStarting: () => false,
    log: silent,
    clock,
  });
  const app = new Hono().get('/page', async (c) => c.json(await guard(c).require('view')));
  app.onError((error, c) => answerProblem(c, error, silent));
  const response = app.request('/page');
  await expect.poll(() => clock.timers).toBe(1);
  clock.advance(10_000);
  expect((await response).status).toBe(503);
});

describe('a write from a browser', () => {
  const host = { host: 'cms.example.com' };
  const foreign = { ...host, origin: 'https://evil.example.com' };
  test.each<[string, Record<string, string>, number]>([
    ['from our own page in an old browser', { ...host, origin: 'https://CMS.example.com' }, 200],
    [
      'from our own page behind a proxy that changes Host',
      { host: '10.0.0.1', origin: 'https://cms.example.com', 'sec-fetch-site': 'same-origin' },
      200,
    ],
    ['typed in by the person', { ...host, 'sec-fetch-site': 'none' }, 200],
    [
      'from a neighbour under the same domain',
      { ...host, origin: 'https://blog.example.com', 'sec-fetch-site': 'same-site' },
      403,
    ],
    ['from another site that looks like ours', { ...host, origin: 'https://cms.example.com.evil.com' }, 403],
    ['from another site with another authorization', { ...foreign, authorization: 'Basic abc' }, 403],
  ])('%s', async (_, headers, expected) => {
    const site = await openHttpSite();
    expect(await status(site, headers, 'POST')).toBe(expected);
    expect(await status(site, headers, 'GET')).toBe(200);
  });

  test('to a public address of a plugin may come from any site', async () => {
    const site = await openHttpSite({ authorize: () => false });
    const response = await site.app.request('/jobs/plugins/email/public/hook', { method: 'POST', headers: foreign });
    expect(await response.json()).toEqual(['email', 'public', 'POST', '/hook', '', '', '/jobs']);
  });
});
