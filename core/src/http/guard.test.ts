// Who is let in: the host's decision, this machine only without one, and no writes that another site sent.
import { afterEach, describe, expect, test } from 'vitest';
import { createStand, jobOf, type Stand } from '../../test/http-stand.ts';
import type { Action, Authorize, Verdict } from './deps.ts';

let stand: Stand;
afterEach(() => stand.close());

const from = (remoteAddress: string | undefined) => ({ incoming: { socket: { remoteAddress } } });

async function status(headers: Record<string, string>, env: unknown, method = 'GET'): Promise<number> {
  const path = method === 'GET' ? '/jobs/api/jobs' : '/jobs/api/plugins/email/enable';
  return (await stand.app.request(path, { method, headers }, env as object)).status;
}

describe('without authorize', () => {
  const own = { host: 'localhost:3210' };

  test.each<[string, Record<string, string>, string | undefined, number]>([
    ['this machine', own, '127.0.0.1', 200],
    ['this machine over IPv6', { host: '[::1]:3210' }, '::1', 200],
    ['this machine, mapped', { host: '127.0.0.1' }, '::ffff:127.0.0.1', 200],
    ['another machine', own, '192.168.1.5', 403],
    ['an address that only begins like loopback', own, '127.0.0.1.example.com', 403],
    ['no socket', own, undefined, 403],
    ['a name that was bent to loopback', { host: 'evil.example.com' }, '127.0.0.1', 403],
    ['a name that begins like loopback', { host: 'localhost.evil.example.com' }, '127.0.0.1', 403],
    ['no Host', {}, '127.0.0.1', 403],
    ['a proxy by Forwarded', { ...own, forwarded: 'for=1.2.3.4' }, '127.0.0.1', 403],
    ['a proxy by X-Forwarded-For', { ...own, 'x-forwarded-for': '1.2.3.4' }, '127.0.0.1', 403],
    ['a proxy by X-Forwarded-Proto', { ...own, 'x-forwarded-proto': 'https' }, '127.0.0.1', 403],
    ['a proxy by X-Real-IP', { ...own, 'x-real-ip': '1.2.3.4' }, '127.0.0.1', 403],
    ['a proxy by Via', { ...own, via: '1.1 proxy' }, '127.0.0.1', 403],
    ['a proxy by CF-Connecting-IP', { ...own, 'cf-connecting-ip': '1.2.3.4' }, '127.0.0.1', 403],
    ['a page of another site that reads', { ...own, origin: 'https://evil.example.com' }, '127.0.0.1', 403],
    ['a page of another site, as browsers say now', { ...own, 'sec-fetch-site': 'cross-site' }, '127.0.0.1', 403],
    [
      'a link on another site',
      { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      '127.0.0.1',
      200,
    ],
  ])('%s', async (_, headers, peer, expected) => {
    stand = await createStand({ closed: true });
    expect(await status(headers, from(peer))).toBe(expected);
  });

  test('another site is refused though it sends a bearer token: here the address gives the rights', async () => {
    stand = await createStand({ closed: true });
    const headers = { ...own, origin: 'https://evil.example.com', authorization: 'Bearer x' };
    expect(await status(headers, from('127.0.0.1'), 'POST')).toBe(403);
  });

  test('the socket is found where node-server puts it beside other bindings', async () => {
    stand = await createStand({ closed: true });
    expect(await status(own, { server: from('127.0.0.1') })).toBe(200);
  });

  test('every address but health and ready is closed, and the log says once how to open it', async () => {
    stand = await createStand({ closed: true });
    const paths = [
      ...[
        '/api/jobs',
        '/api/jobs/x',
        '/api/metrics',
        '/api/schedules',
        '/api/plugins',
        '/api/panels',
        '/api/types',
        '/api/nodes',
      ],
      ...['/api/openapi.json', '/api/docs', '/plugins/email/x'],
    ];
    for (const path of paths) {
      const response = await stand.app.request(`/jobs${path}`);
      expect([path, response.status]).toEqual([path, 403]);
    }
    expect(stand.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    expect(stand.lines[0]?.text).toContain('authorize');
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

  test('is asked with the action, and with the job where there is one', async () => {
    const asked: [Action, string | undefined][] = [];
    const authorize: Authorize = (_c, action, { job }) => {
      asked.push([action, job?.id]);
      return true;
    };
    stand = await createStand({ authorize });
    stand.jobs.set('known', jobOf('known', { type: 'email', data: {} }));
    const post = (path: string, body = '{}') =>
      stand.app.request(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    await stand.app.request('/jobs/api/jobs');
    await post('/jobs/api/jobs');
    await stand.app.request('/jobs/api/jobs/known');
    await post('/jobs/api/jobs/known/run');
    await post('/jobs/api/schedules/nightly/pause');
    await post('/jobs/api/plugins/email/enable');
    await stand.app.request('/jobs/plugins/email/settings');
    expect(asked).toEqual([
      ['view', undefined],
      ['add', undefined],
      ['view', 'known'],
      ['operate', 'known'],
      ['operate', undefined],
      ['administer', undefined],
      ['administer', undefined],
    ]);
  });

  test('a person who may not add is refused before the body is looked at', async () => {
    stand = await createStand({ authorize: () => false });
    const response = await stand.app.request('/jobs/api/jobs', { method: 'POST', body: 'not json' });
    expect(response.status).toBe(403);
  });

  test('the user is named in the log and to the queue', async () => {
    stand = await createStand({ authorize: () => ({ user: 'ann' }) });
    stand.jobs.set('known', jobOf('known', { type: 'email', data: {} }));
    await stand.app.request('/jobs/api/jobs/known/run', { method: 'POST' });
    expect(stand.calls.at(-1)).toBe('run {"by":"ann"}');
    expect(stand.lines.at(-1)?.text).toBe('runJob known by ann');
  });
});

describe('a write that a browser sends', () => {
  const host = { host: 'cms.example.com' };
  const foreign = { ...host, origin: 'https://evil.example.com' };
  test.each<[string, Record<string, string>, number]>([
    ['from no browser', host, 200],
    ['from our own page', { ...host, origin: 'https://cms.example.com', 'sec-fetch-site': 'same-origin' }, 200],
    ['from our own page in an old browser', { ...host, origin: 'https://CMS.example.com' }, 200],
    [
      'from our own page behind a proxy that changes Host',
      { host: '10.0.0.1', origin: 'https://cms.example.com', 'sec-fetch-site': 'same-origin' },
      200,
    ],
    ['typed in by the person', { ...host, 'sec-fetch-site': 'none' }, 200],
    ['from a page of another site', { ...foreign, 'sec-fetch-site': 'cross-site' }, 403],
    ['from a page of another site in an old browser', foreign, 403],
    ['from a page without an origin', { ...host, origin: 'null' }, 403],
    [
      'from a neighbour under the same domain',
      { ...host, origin: 'https://blog.example.com', 'sec-fetch-site': 'same-site' },
      403,
    ],
    ['from another port', { ...host, origin: 'https://cms.example.com:8443' }, 403],
    ['from another site that looks like ours', { ...host, origin: 'https://cms.example.com.evil.com' }, 403],
    ['from another site with a bearer token', { ...foreign, authorization: 'Bearer abc' }, 200],
    ['from another site with another authorization', { ...foreign, authorization: 'Basic abc' }, 403],
    [
      'from an origin the host trusts',
      { ...host, origin: 'https://admin.example.com', 'sec-fetch-site': 'same-site' },
      200,
    ],
  ])('%s', async (_, headers, expected) => {
    stand = await createStand({ origins: ['https://admin.example.com'] });
    expect(await status(headers, {}, 'POST')).toBe(expected);
    expect(await status(headers, {}, 'GET')).toBe(200);
  });

  test('to a public address of a plugin may come from anywhere', async () => {
    stand = await createStand({ authorize: () => false });
    const response = await stand.app.request('/jobs/plugins/email/public/hook', { method: 'POST', headers: foreign });
    expect(await response.text()).toBe('a plugin');
  });
});
