// The browser's client where the server refuses it: tokens, tickets, and pages of other sites.
import { once } from 'node:events';
import { ClientError, type ClientOptions } from '@phraseworks/sdk/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';
import { Page, told } from '../support/page.ts';
import { byToken } from '../support/roles.ts';

let site: LiveSite;
beforeEach(async () => {
  site = await openLiveSite({ authorize: byToken });
  site.jobs.registerProcessor('quick', async () => {});
});
afterEach(() => site[Symbol.asyncDispose]());

const open = (options: ClientOptions) => new Page(site.url, options);

test('with a token, each socket is opened with a new ticket', async () => {
  using page = open({ token: 'operator' });
  const { id } = await page.client.addJob({ type: 'quick', data: {}, delay: 60_000 });
  const following = told(page.client.followJob(id));
  await page.state('live');
  page.cut();
  await page.state('reconnecting');
  await page.state('live');
  await page.client.cancelJob(id);
  expect(await following).toEqual(['job_added 0', 'job_cancelled 0']);
  const tickets = page.sockets.map(({ url }) => new URL(url).searchParams.get('ticket'));
  expect(new Set(tickets).size).toBe(2);
});

test('if a ticket has expired, the page polls, and the next attempt gets a new ticket', async () => {
  let isOld = true;
  const late: typeof fetch = async (url, init) => {
    const answer = await fetch(url, init);
    if (!isOld || !String(url).endsWith('/api/ticket')) return answer;
    isOld = false;
    const { ticket } = (await answer.clone().json()) as { ticket: string };
    await new Promise((resolve) => {
      new WebSocket(`${site.ws}?ticket=${ticket}`).on('message', resolve);
    });
    return answer;
  };
  using page = open({ token: 'operator', fetch: late });
  page.client.subscribe({}, () => {});
  await page.state('polling');
  expect(page.tried.socket).toBe(1);
  page.client.resume();
  while (page.tried.socket < 2) await new Promise((resolve) => setImmediate(resolve));
  await once(page.sockets[1] as WebSocket, 'message');
  const { id } = await page.client.addJob({ type: 'quick', data: {} });
  expect(await told(page.client.followJob(id))).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
  expect(page.states).toEqual(['polling', 'live']);
});

test('a wrong token ends an iterator with the reason, and the state listener receives it', async () => {
  using page = open({ token: 'stranger' });
  const why = new Promise<ClientError | undefined>((resolve) => page.client.onState((_, error) => resolve(error)));
  await expect(told(page.client.followJob('some-job'))).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
  expect(await why).toBeInstanceOf(ClientError);
  expect(page.tried).toEqual({ socket: 0 });
});

test('a filter starts to receive events once the token is valid', async () => {
  let token = '';
  using page = open({ token: () => token });
  const listening = page.listen({}, () => {});
  await new Promise<void>((resolve) => page.client.onState((_, error) => error?.code === 'UNAUTHORIZED' && resolve()));
  token = 'viewer';
  await listening;
  expect(page.client.state).toBe('live');
});

test('while polling, a job that may not be viewed ends its own follower only', async () => {
  let isLimited = false;
  await using open = await openLiveSite({ authorize: () => !isLimited || { where: { data: { hidden: false } } } });
  open.jobs.registerProcessor('quick', async () => {});
  using page = new Page(open.url);
  page.refuse.socket = true;
  const add = async (hidden: boolean) =>
    (await page.client.addJob({ type: 'quick', data: { hidden }, delay: 60_000 })).id;
  const [seen, unseen] = [await add(false), await add(true)];
  const following = told(page.client.followJob(seen));
  const refused = told(page.client.followJob(unseen));
  await page.state('polling');
  isLimited = true;
  await expect(refused).rejects.toMatchObject({ code: 'FORBIDDEN', status: 403 });
  await open.jobs.runJob(seen);
  expect(await following).toEqual(['job_added 0', 'job_started 1', 'job_completed 1']);
  expect(page.states).toEqual(['polling']);
});
