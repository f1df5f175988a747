// Unsubscribing over real HTTP routes: the link of a real mail, one click, a page that asks, and invalid links.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { headerOf, smtpPeer } from '../test/peer.ts';
import email, { type EmailData } from './index.ts';

const PUBLIC = 'https://site.test/jobs';

async function start(config: object = {}): Promise<TestJobs> {
  const whole = { mailbox: { port: 0 }, publicUrl: `${PUBLIC}/`, ...config };
  return createTestJobs({ plugins: { email: { use: email, config: whole } } });
}

const news: EmailData = { to: ['ada@x.test', 'bob@x.test'], subject: 'News', html: '<p>Hi</p>', category: 'bulk' };

async function send(jobs: TestJobs, data: EmailData) {
  const { id } = await jobs.addJob({ type: 'email', data });
  await jobs.idle();
  return jobs.getJobStatus(id);
}

/** The path below the mount point. */
const pathOf = (link: string): string => link.slice(PUBLIC.length);
const oneClick = {
  method: 'POST',
  body: 'List-Unsubscribe=One-Click',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  as: 'anonymous',
} as const;

test('each copy of bulk mail has its own link in its headers and text, and other mail has none', async () => {
  await using peer = await smtpPeer();
  await using jobs = await start({ transport: `smtp://127.0.0.1:${peer.server.port}` });
  const html = '<p>Hi</p><a href="{{unsubscribeUrl}}">no more</a>';
  await send(jobs, { ...news, html });
  await send(jobs, { ...news, html, category: 'transactional' });
  const links = peer.mails.slice(0, 2).map(({ source }) => {
    expect(headerOf(source, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click');
    const link = /^<(.*)>$/.exec(headerOf(source, 'List-Unsubscribe') ?? '')?.[1] ?? '';
    expect(link.startsWith(`${PUBLIC}/plugins/email/public/unsubscribe/`)).toBe(true);
    const whole = source.replace(/=\r\n/g, '').replace(/=3D/g, '=');
    expect(whole.split(link).length - 1).toBe(3);
    return link;
  });
  expect(new Set(links).size).toBe(2);
  for (const { source } of peer.mails.slice(2)) expect(headerOf(source, 'List-Unsubscribe')).toBeUndefined();
});

async function linkIn(jobs: TestJobs): Promise<string> {
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as {
    messages: { id: string; to: string }[];
  };
  const mine = messages.find((one) => one.to === 'ada@x.test');
  const source = await (await jobs.request(`/plugins/email/mailbox/${mine?.id}/raw`)).text();
  return pathOf(/^<(.*)>$/.exec(headerOf(source, 'List-Unsubscribe') ?? '')?.[1] ?? '');
}

test('one click in the mail program stops bulk mail, and a new password still arrives', async () => {
  await using jobs = await start();
  await send(jobs, news);
  const path = await linkIn(jobs);
  expect((await jobs.request(path, oneClick)).status).toBe(200);
  expect((await jobs.request(path, oneClick)).status).toBe(200);
  expect(await send(jobs, news)).toMatchObject({
    status: 'completed',
    message: 'Email sent to bob@x.test; suppressed for 1',
    result: { suppressed: [{ to: 'ada@x.test', response: 'on the suppression list: unsubscribed' }] },
  });
  const reset = { template: 'password_reset', variables: { resetUrl: 'https://site.test/reset' } };
  expect(await send(jobs, { to: 'ada@x.test', ...reset })).toMatchObject({ status: 'completed' });
  expect(await send(jobs, { ...news, to: 'ada@x.test' })).toMatchObject({
    status: 'cancelled',
    reason: expect.stringContaining('on the suppression list: unsubscribed'),
  });
});

test('opening the link changes nothing: the page asks, its button unsubscribes, and the next page can undo it', async () => {
  await using jobs = await start();
  await send(jobs, news);
  const path = await linkIn(jobs);
  const listed = async () =>
    ((await (await jobs.request('/plugins/email/suppressions')).json()) as { suppressions: object[] }).suppressions;

  const asked = await jobs.request(path, { as: 'anonymous' });
  const page = await asked.text();
  expect(asked.headers.get('content-security-policy')).toContain("form-action 'self'");
  expect(asked.headers.get('content-security-policy')).not.toContain('unsafe');
  expect(page).toContain('<form method="post">');
  expect(page).toContain('ada@x.test');
  expect(page).not.toMatch(/<script|src=/);
  expect(await listed()).toEqual([]);

  const done = await (await jobs.request(path, { method: 'POST', as: 'anonymous' })).text();
  expect(await listed()).toMatchObject([{ address: 'ada@x.test', reason: 'unsubscribed', note: 'on the page' }]);
  const undo = /action="([^"]+)"/.exec(done)?.[1] ?? '';
  const back = new URL(undo, `${PUBLIC}${path}`).href;
  expect((await jobs.request(pathOf(back), { method: 'POST', as: 'anonymous' })).status).toBe(200);
  expect(await listed()).toEqual([]);
});

test('a changed or invented link cannot unsubscribe anyone', async () => {
  await using jobs = await start();
  await send(jobs, news);
  const path = await linkIn(jobs);
  const [, mac = ''] = path.split('.');
  const other = Buffer.from('bob@x.test').toString('base64url');
  const base = path.slice(0, path.lastIndexOf('/') + 1);
  const bad = [`${path}x`, path.slice(0, -1), `${base}${other}.${mac}`, `${base}x`, `${base}${other}.`, `${base}..%2f`];
  for (const link of bad) {
    const answer = await jobs.request(link, oneClick);
    expect([link, answer.status]).toEqual([link, 404]);
    expect(await answer.text()).not.toContain('bob@x.test');
  }
  expect(await (await jobs.request('/plugins/email/suppressions')).json()).toMatchObject({ suppressions: [] });
});

test('a link works after a restart, as long as the secret is the same', async () => {
  const secret = 'the same in both processes';
  await using first = await start({ secret });
  await send(first, news);
  const path = await linkIn(first);
  await using second = await start({ secret });
  expect((await second.request(path, oneClick)).status).toBe(200);
  await using third = await start();
  expect((await third.request(path, oneClick)).status).toBe(404);
});

test('without a public URL, bulk mail is sent without a link', async () => {
  await using jobs = await start({ publicUrl: undefined });
  expect(await send(jobs, news)).toMatchObject({ status: 'completed' });
  expect(await linkIn(jobs)).toBe('');
});
