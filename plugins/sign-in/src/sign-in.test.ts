// Links, sessions and tokens: who gets in with what, for how long, and what ends it.
import { createTestJobs, ManualClock, pluginContract, type TestJobs } from '@phraseworks/testing';
import { describe, expect, test } from 'vitest';
import type { Assembled } from '../../../core/src/create-jobs.ts';
import { cookieOf, newCode, runLink } from '../../../test/support/sign-in.ts';
import { testDatabase } from '../../../testing/src/test-database.ts';
import signIn from './index.ts';

const DAY = 86_400_000;

pluginContract(signIn);

const open = (options = {}): Promise<TestJobs> =>
  createTestJobs({ authorize: null, start: false, plugins: { 'sign-in': { use: signIn } }, ...options });

type Headers = Record<string, string>;
type Listed = { id: string; seen: string };
const ask = (jobs: TestJobs, path: string, headers: Headers = {}, method = 'GET', body?: string) =>
  jobs.request(path, {
    as: 'anonymous',
    method,
    headers: { host: 'localhost:3210', ...headers },
    ...(body ? { body } : {}),
  });
const status = async (jobs: TestJobs, headers: Headers, path = '/api/jobs', method = 'GET') =>
  (await ask(jobs, path, headers, method)).status;

const redeem = (jobs: TestJobs, code: string) =>
  ask(jobs, '/sign-in', { 'content-type': 'application/x-www-form-urlencoded' }, 'POST', `code=${code}`);
const signedIn = async (jobs: TestJobs): Promise<string> => cookieOf(await redeem(jobs, await newCode(jobs)));
const newToken = async (jobs: TestJobs, token: string, options = {}): Promise<Headers> => {
  const { out } = await runLink(jobs, { token, ...options });
  return { authorization: `Bearer ${out[0]}` };
};

describe('a session', () => {
  test('signs in from anywhere, and is refused when pages of other sites use it', async () => {
    await using jobs = await open();
    const cookie = `theme=dark; ${await signedIn(jobs)}`;
    const evil = { origin: 'https://evil.example.com' };
    expect(await status(jobs, { cookie })).toBe(200);
    expect(await status(jobs, { cookie, host: 'cms.example.com', 'x-forwarded-for': '203.0.113.9' })).toBe(200);
    expect(await status(jobs, { cookie }, '/api/plugins/sign-in/enable', 'POST')).toBe(200);
    expect(await status(jobs, { cookie, ...evil })).toBe(401);
    expect(await status(jobs, { cookie, 'sec-fetch-site': 'same-site' })).toBe(401);
    expect(await status(jobs, { cookie, ...evil }, '/api/plugins/sign-in/enable', 'POST')).toBe(403);
    // A cookie next to an invalid token may not do what a bearer may.
    const both = { cookie, ...evil, authorization: 'Bearer x' };
    expect(await status(jobs, both, '/api/plugins/sign-in/enable', 'POST')).toBe(401);
    expect(await status(jobs, { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).toBe(200);
  });

  test('ends after 30 days, or when its browser signs out, and no other site can sign it out', async () => {
    await using jobs = await open();
    const [one, two] = [await signedIn(jobs), await signedIn(jobs)];
    const name = one.split('=')[0];
    const out = (headers: Headers) => ask(jobs, '/sign-out', headers, 'POST');
    expect((await out({ cookie: one, origin: 'https://evil.example.com' })).status).toBe(403);
    // Another site on this host can set a cookie of this name, which ends nothing.
    await out({ cookie: `${name}=${'A'.repeat(43)}` });
    expect(await status(jobs, { cookie: `${name}=set-by-another-site; ${one}` })).toBe(200);
    const done = await out({ cookie: `${name}=set-by-another-site; ${one}` });
    expect([done.status, done.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/=; Max-Age=0;/)]);
    expect(await status(jobs, { cookie: one })).toBe(401);
    expect(await status(jobs, { cookie: two })).toBe(200);
    jobs.clock.jump(30 * DAY);
    expect(await status(jobs, { cookie: two })).toBe(401);
  });

  test('is listed for administrators, with when it was last seen to the minute, and they can end it', async () => {
    await using jobs = await open();
    const cookie = await signedIn(jobs);
    const [began, other] = [jobs.clock.now(), await signedIn(jobs)];
    const list = async () =>
      ((await (await ask(jobs, '/plugins/sign-in/sign-ins', { cookie })).json()) as { signIns: Listed[] }).signIns;
    const seen = async () => (await list()).map((one) => Date.parse(one.seen) - began);
    await jobs.advance(59_000);
    await status(jobs, { cookie });
    expect(await seen()).toEqual([0, 0]);
    await jobs.advance(1_000);
    await status(jobs, { cookie });
    expect((await seen()).toSorted((a, b) => a - b)).toEqual([0, 60_000]);
    expect(JSON.stringify(await list())).not.toContain(cookie.split('=')[1]);
    const id = (await list()).find((one) => Date.parse(one.seen) === began)?.id;
    const end = (headers: Headers) => status(jobs, headers, `/plugins/sign-in/sign-ins/${id}/end`, 'POST');
    const viewer = await newToken(jobs, 'viewer');
    expect([await end({}), await end(viewer), await end({ cookie }), await end({ cookie })]).toEqual([
      401, 403, 200, 404,
    ]);
    expect(await status(jobs, { cookie: other })).toBe(401);
    expect(await status(jobs, { cookie })).toBe(200);
    const panel = async (headers: Headers) => (await ask(jobs, '/api/panels/sign-in/sign-ins', headers)).status;
    expect([await panel({ cookie }), await panel(viewer)]).toEqual([200, 403]);
    expect(await (await ask(jobs, '/api/panels', viewer)).json()).toEqual({ panels: [] });
    expect(await (await ask(jobs, '/api/log', { cookie })).json()).toMatchObject({
      entries: [
        {
          user: 'sign-in link',
          action: 'pluginRoute',
          target: expect.stringMatching(/^POST \/plugins\/sign-in\/sign-ins/),
        },
      ],
    });
  });

  test('holds while the database cannot be read, and unknown ones do not get in', async () => {
    await using jobs = await open();
    const cookie = await signedIn(jobs);
    expect(await status(jobs, { cookie }, '/api/me')).toBe(200);
    const { db } = (jobs as never as Assembled).internals.core.ledger.dialect;
    await db.schema.alterTable('pwj_sign_in_passes').renameTo('pwj_sign_in_away').execute();
    await jobs.advance(2_000);
    expect(await status(jobs, { cookie }, '/api/me')).toBe(200);
    expect(await status(jobs, { authorization: `Bearer pwj_token_${'A'.repeat(43)}` }, '/api/me')).toBe(403);
    await db.schema.alterTable('pwj_sign_in_away').renameTo('pwj_sign_in_passes').execute();
  });
});

describe('a link', () => {
  test('signs in once, within its time, in one of two processes that redeem it at once', async () => {
    const database = await testDatabase();
    const clock = new ManualClock();
    await using one = await open({ database, clock });
    await using two = await open({ database: database.includes('memory') ? await testDatabase() : database, clock });
    const isShared = !database.includes('memory');
    for (const from of isShared ? [one, two] : [one]) {
      const code = await newCode(from);
      const answers = await Promise.all([redeem(one, code), redeem(isShared ? two : one, code)]);
      expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 401]);
      const cookie = cookieOf(answers.find((answer) => answer.status === 200) as Response);
      expect(await status(one, { cookie })).toBe(200);
      if (isShared) expect(await status(two, { cookie })).toBe(200);
    }
    const late = await newCode(one);
    await one.advance(600_000);
    expect((await redeem(one, late)).status).toBe(401);
  });

  test('has an address that says how to sign in when there is none', async () => {
    await using jobs = await open();
    for (const path of ['/api/jobs', '/api/nowhere', '/plugins/sign-in/x', '/sign-in']) {
      const page = await ask(jobs, path, { accept: 'text/html' });
      expect([path, page.status]).toEqual([path, 401]);
      expect(await page.text()).toContain('<code>npx phraseworks-jobs link</code>');
    }
  });
});

describe('a token', () => {
  test('has its rights, its name in the audit log and its end', async () => {
    await using jobs = await open();
    const viewer = await newToken(jobs, 'viewer');
    const admin = await newToken(jobs, 'deploy', { may: 'view,administer', days: '7' });
    const rights = async (headers: Headers) =>
      ((await (await ask(jobs, '/api/me', headers)).json()) as { may: unknown }).may;
    expect(await rights(viewer)).toEqual({ view: true, add: false, operate: false, administer: false });
    expect(await rights(admin)).toEqual({ view: true, add: false, operate: false, administer: true });
    expect(await status(jobs, viewer, '/api/plugins/sign-in/enable', 'POST')).toBe(403);
    const foreign = { ...admin, origin: 'https://evil.example.com' };
    expect(await status(jobs, foreign, '/api/plugins/sign-in/enable', 'POST')).toBe(200);
    expect(await (await ask(jobs, '/api/log', admin)).json()).toMatchObject({ entries: [{ user: 'token deploy' }] });
    jobs.clock.jump(7 * DAY);
    expect([await status(jobs, admin), await status(jobs, viewer)]).toEqual([401, 200]);
    jobs.clock.jump(83 * DAY);
    expect(await status(jobs, viewer)).toBe(401);
  });

  test('that may only add does that, and sees nothing', async () => {
    await using jobs = await open();
    jobs.registerProcessor('note', () => {});
    const headers = { ...(await newToken(jobs, 'form', { may: 'add' })), 'content-type': 'application/json' };
    expect((await ask(jobs, '/api/jobs', headers, 'POST', '{ "type": "note", "data": {} }')).status).toBe(201);
    for (const path of ['/api/jobs', '/api/plugins', '/', '/nowhere'])
      expect([path, await status(jobs, headers, path)]).toEqual([path, 403]);
  });

  test('is valid only as a bearer, unchanged, and a cookie only as a cookie', async () => {
    await using jobs = await open();
    const cookie = await signedIn(jobs);
    const [name, value = ''] = cookie.split('=');
    const token = (await newToken(jobs, 'script')).authorization?.slice(7) ?? '';
    const secret = token.slice('pwj_token_'.length);
    for (const bad of [`${name}=${token}`, `${name}=${secret}`, `${name}=${await newCode(jobs)}`])
      expect([bad, await status(jobs, { cookie: bad })]).toEqual([bad, 401]);
    const flipped = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
    for (const bad of [value, `pwj_token_${value}`, secret, flipped, `${token}A`, token.slice(1), `${token} x`])
      expect([bad, await status(jobs, { authorization: `Bearer ${bad}` })]).toEqual([bad, 401]);
  });

  test('is listed and revoked by name, also in other processes within a second', async () => {
    const database = await testDatabase();
    await using jobs = await open({ database });
    await using other = await open({ database: database.includes('memory') ? await testDatabase() : database });
    const [kept, gone] = [await newToken(jobs, 'kept'), await newToken(jobs, 'gone', { may: 'add' })];
    const cookie = await signedIn(jobs);
    if (!database.includes('memory')) expect(await status(other, { cookie })).toBe(200);
    const listed = (await runLink(jobs, { list: true })).out;
    expect(listed.map((line) => line.split(/ +/).slice(0, 2).join(' ')).toSorted()).toEqual([
      'gone add',
      'kept view',
      'session view,add,operate,administer',
    ]);
    expect(await runLink(jobs, { revoke: true }, 'gone')).toMatchObject({ audited: ['link --revoke gone'] });
    expect([await status(jobs, gone), await status(jobs, kept)]).toEqual([401, 200]);
    await runLink(jobs, { revoke: true });
    await other.advance(1_000);
    for (const headers of [kept, { cookie }])
      expect([await status(jobs, headers), await status(other, headers)]).toEqual([401, 401]);
    await expect(runLink(jobs, { revoke: true }, 'gone')).rejects.toThrow('There is no token named gone');
  });

  test('with a wrong option is refused', async () => {
    await using jobs = await open();
    await newToken(jobs, 'taken');
    for (const [options, message] of [
      [{ token: 'taken' }, 'There is a token named taken: revoke it first'],
      [{ token: 'a b' }, '--token needs a name'],
      [{ token: 'x', may: 'everything' }, '--may does not know "everything": the rights are view, add'],
      [{ token: 'x', days: '366' }, '--days must be a whole number from 1 to 365'],
      [{ token: 'x', url: 'https://x.test' }, '--url has no effect with --token'],
      [{ may: 'view' }, '--may has no effect without --token'],
      [{ url: 'ftp://x.test' }, '--url must be the URL of the dashboard'],
    ] as const)
      await expect(runLink(jobs, options)).rejects.toThrow(message);
    expect(JSON.parse((await runLink(jobs, { token: 'x', json: true })).out[0] ?? '')).toMatchObject({ may: ['view'] });
  });
});

test('it is always on: only the configuration can disable it', async () => {
  await using jobs = await open();
  const cookie = await signedIn(jobs);
  const refused = await ask(jobs, '/api/plugins/sign-in/disable', { cookie }, 'POST');
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'INVALID_STATE', detail: expect.stringContaining('always on') });
  await expect(jobs.plugins.disable('sign-in')).rejects.toThrow('set plugins.sign-in to false in the configuration');
  expect(await status(jobs, { cookie })).toBe(200);
  await using off = await open({ plugins: { 'sign-in': { use: signIn, enabled: false } } });
  expect(await status(off, { cookie })).toBe(401);
});
