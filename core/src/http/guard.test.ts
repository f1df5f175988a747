// Access: the decision of the host, sign-in without one, and no writes from other sites.
import type { Verdict } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { type HttpSite, openHttpSite } from '../../test/http-site.ts';

async function status({ app }: HttpSite, headers: Record<string, string>, method = 'GET'): Promise<number> {
  const path = method === 'GET' ? '/jobs/api/jobs' : '/jobs/api/plugins/email/enable';
  return (await app.request(path, { method, headers })).status;
}

describe('without authorize', () => {
  const own = { host: 'localhost:3210' };

  async function cookieOf({ signIn }: HttpSite): Promise<string> {
    const cookie = await signIn.redeem(await signIn.code(60_000));
    return `theme=dark; ${cookie?.name}=${cookie?.value}`;
  }

  test('a cookie signs in from anywhere, and is refused when pages of other sites use it', async () => {
    const site = await openHttpSite({ closed: true });
    const cookie = await cookieOf(site);
    const got = (headers: Record<string, string>, method?: string) => status(site, { ...headers, cookie }, method);
    expect(await got(own)).toBe(200);
    expect(await got({ host: 'cms.example.com', 'x-forwarded-for': '203.0.113.9' })).toBe(200);
    expect(await got(own, 'POST')).toBe(200);
    expect(await got({ ...own, origin: 'https://evil.example.com' })).toBe(401);
    expect(await got({ ...own, 'sec-fetch-site': 'same-site' })).toBe(401);
    expect(await got({ ...own, origin: 'https://evil.example.com' }, 'POST')).toBe(403);
    // A cookie next to an invalid token may not do what a bearer may.
    expect(await got({ ...own, origin: 'https://evil.example.com', authorization: 'Bearer x' }, 'POST')).toBe(401);
    expect(await got({ ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
  });

  test('a token is valid only as a bearer, and a cookie only as a cookie', async () => {
    const site = await openHttpSite({ closed: true });
    const token = await site.signIn.token(60_000);
    const cookie = await cookieOf(site);
    const [name = '', value = ''] = cookie.split('; ')[1]?.split('=') ?? [];
    expect(await status(site, { authorization: `Bearer ${token}` })).toBe(200);
    expect(await status(site, { cookie: `${name}=${token}` })).toBe(401);
    expect(await status(site, { cookie: `${name}=pwj_cookie.9999999999999.${'A'.repeat(43)}` })).toBe(401);
    expect(await status(site, { authorization: `Bearer ${value}` })).toBe(401);
    expect(await status(site, { authorization: `Bearer ${token}`, origin: 'https://evil.example.com' }, 'POST')).toBe(
      200,
    );
  });

  test('a token with a changed character or a later expiry is refused', async () => {
    const site = await openHttpSite({ closed: true });
    const token = await site.signIn.token(60_000);
    const [kind, until, mac = ''] = token.split('.');
    const flipped = `${mac[0] === 'A' ? 'B' : 'A'}${mac.slice(1)}`;
    for (const bad of [
      `${kind}.${until}.${flipped}`,
      `${kind}.${Number(until) + 1}.${mac}`,
      `${token}A`,
      token.slice(1),
      `pwj_token.9999999999999.${'A'.repeat(43)}`,
    ])
      expect([bad, await status(site, { authorization: `Bearer ${bad}` })]).toEqual([bad, 401]);
    expect(await status(site, { authorization: `Bearer ${await site.signIn.token(-1)}` })).toBe(401);
  });

  // That every other address is closed: `expectClosed()` of the tests of sign-in.
  test('a closed address names the command to sign in', async () => {
    const { app } = await openHttpSite({ closed: true });
    for (const path of ['/api/jobs', '/api/nowhere', '/plugins/email/x', '/sign-in']) {
      const response = await app.request(`/jobs${path}`);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.json()).toMatchObject({
        code: 'UNAUTHORIZED',
        detail: expect.stringContaining('npx phraseworks-jobs link'),
      });
      const page = await app.request(`/jobs${path}`, { headers: { accept: 'text/html' } });
      expect([path, page.status]).toEqual([path, 401]);
      expect(await page.text()).toContain('<code>npx phraseworks-jobs link</code>');
    }
  });
});

describe('authorize', () => {
  test.each<[string, Verdict | Promise<Verdict> | Error, number, string]>([
    ['true lets in', true, 200, ''],
    ['a promise of true lets in', Promise.resolve(true), 200, ''],
    ['a user lets in', { user: 'ann' }, 200, ''],
    ['false is 403', false, 403, 'FORBIDDEN'],
    ['null is 401', null, 401, 'UNAUTHORIZED'],
    ['a promise of null is 401', Promise.resolve(null), 401, 'UNAUTHORIZED'],
    ['nothing is 401', undefined as unknown as null, 401, 'UNAUTHORIZED'],
    ['another value is 403', 'yes' as unknown as boolean, 403, 'FORBIDDEN'],
    ['a throw is 403', new Error('no database'), 403, 'FORBIDDEN'],
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
