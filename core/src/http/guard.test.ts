// Access: the decision of the host, sign-in without one, and no writes from other sites.
import { afterEach, describe, expect, test } from 'vitest';
import { createStand, jobOf, type Stand } from '../../test/http-stand.ts';
import type { Verdict } from './authorize.ts';

let stand: Stand;
afterEach(() => stand.close());

const from = (remoteAddress: string | undefined) => ({ incoming: { socket: { remoteAddress } } });

async function status(headers: Record<string, string>, env: unknown, method = 'GET'): Promise<number> {
  const path = method === 'GET' ? '/jobs/api/jobs' : '/jobs/api/plugins/email/enable';
  return (await stand.app.request(path, { method, headers }, env as object)).status;
}

describe('without authorize', () => {
  const own = { host: 'localhost:3210' };

  async function cookieOf({ signIn }: Stand): Promise<string> {
    const cookie = await signIn.redeem(await signIn.code(60_000));
    return `theme=dark; ${cookie?.name}=${cookie?.value}`;
  }

  test.each<[string, Record<string, string>, string | undefined]>([
    ['this machine', own, '127.0.0.1'],
    ['this machine over IPv6', { host: '[::1]:3210' }, '::1'],
    [
      'this machine through a proxy',
      { ...own, 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      '127.0.0.1',
    ],
    ['another machine', own, '192.168.1.5'],
    [
      'a token made elsewhere',
      { ...own, authorization: `Bearer pwj_token.9999999999999.${'A'.repeat(43)}` },
      '127.0.0.1',
    ],
    ['a cookie made elsewhere', { ...own, cookie: `pwj_abc=pwj_cookie.9999999999999.${'A'.repeat(43)}` }, '127.0.0.1'],
  ])('%s is answered 401 when not signed in', async (_, headers, peer) => {
    stand = await createStand({ closed: true });
    expect(await status(headers, from(peer))).toBe(401);
    await cookieOf(stand);
    expect(await status(headers, from(peer))).toBe(401);
  });

  test('a cookie signs in from anywhere, and is refused when pages of other sites use it', async () => {
    stand = await createStand({ closed: true });
    const cookie = await cookieOf(stand);
    const got = (headers: Record<string, string>, method?: string) => status({ ...headers, cookie }, {}, method);
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
    stand = await createStand({ closed: true });
    const token = await stand.signIn.token(60_000);
    const cookie = await cookieOf(stand);
    const [name = '', value = ''] = cookie.split('; ')[1]?.split('=') ?? [];
    expect(await status({ authorization: `Bearer ${token}` }, {})).toBe(200);
    expect(await status({ cookie: `${name}=${token}` }, {})).toBe(401);
    expect(await status({ authorization: `Bearer ${value}` }, {})).toBe(401);
    expect(await status({ authorization: `Bearer ${token}`, origin: 'https://evil.example.com' }, {}, 'POST')).toBe(
      200,
    );
  });

  test('a token with a changed character or a later expiry is refused', async () => {
    stand = await createStand({ closed: true });
    const token = await stand.signIn.token(60_000);
    const [kind, until, mac = ''] = token.split('.');
    const flipped = `${mac[0] === 'A' ? 'B' : 'A'}${mac.slice(1)}`;
    for (const bad of [
      `${kind}.${until}.${flipped}`,
      `${kind}.${Number(until) + 1}.${mac}`,
      `${token}A`,
      token.slice(1),
    ])
      expect([bad, await status({ authorization: `Bearer ${bad}` }, {})]).toEqual([bad, 401]);
    expect(await status({ authorization: `Bearer ${await stand.signIn.token(-1)}` }, {})).toBe(401);
  });

  test('every address but health and ready is closed, and the answer names the command to sign in', async () => {
    stand = await createStand({ closed: true });
    const paths = [
      ...['/api/jobs', '/api/jobs/x', '/api/metrics', '/api/schedules', '/api/plugins', '/api/panels', '/api/types'],
      ...['/api/nodes', '/api/openapi.json', '/api/nowhere', '/plugins/email/x', '/sign-in'],
    ];
    for (const path of paths) {
      const response = await stand.app.request(`/jobs${path}`);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.json()).toMatchObject({
        code: 'UNAUTHORIZED',
        detail: expect.stringContaining('npx phraseworks-jobs link'),
      });
      const page = await stand.app.request(`/jobs${path}`, { headers: { accept: 'text/html' } });
      expect([path, page.status]).toEqual([path, 401]);
      expect(await page.text()).toContain('<code>npx phraseworks-jobs link</code>');
    }
    for (const path of ['/health', '/ready']) expect((await stand.app.request(`/jobs${path}`)).status).toBe(200);
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
    stand = await createStand({
      authorize: () => {
        if (verdict instanceof Error) throw verdict;
        return verdict;
      },
    });
    const response = await stand.app.request('/jobs/api/jobs');
    expect(response.status).toBe(expected);
    if (code !== '') expect(await response.json()).toMatchObject({ code, status: expected });
    expect(response.headers.get('www-authenticate')).toBe(expected === 401 ? 'Bearer' : null);
  });

  test('a person who may not add is refused before the body is read', async () => {
    stand = await createStand({ authorize: () => false });
    const response = await stand.app.request('/jobs/api/jobs', { method: 'POST', body: 'not json' });
    expect(response.status).toBe(403);
  });

  test('the user reaches the log and the queue', async () => {
    stand = await createStand({ authorize: () => ({ user: 'ann' }) });
    stand.jobs.set('known', jobOf('known', { type: 'email', data: {} }));
    await stand.app.request('/jobs/api/jobs/known/run', { method: 'POST' });
    expect(stand.calls.at(-1)).toBe('run {"by":"ann"}');
    expect(stand.lines.at(-1)?.text).toBe('runJob known by ann');
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
    stand = await createStand();
    expect(await status(headers, {}, 'POST')).toBe(expected);
    expect(await status(headers, {}, 'GET')).toBe(200);
  });

  test('to a public address of a plugin may come from any site', async () => {
    stand = await createStand({ authorize: () => false });
    const response = await stand.app.request('/jobs/plugins/email/public/hook', { method: 'POST', headers: foreign });
    expect(await response.text()).toBe('a plugin');
  });
});
