// Messages of alerts: what stands in them, where they go, and that each is sent once, whichever process sends it.
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createTestJobs } from '@phraseworks/testing';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/folder.ts';
import { backup, HOUR, later, MINUTE, RAISED, receiver, site } from '../test/kit.ts';
import alerts from './index.ts';
import { signatureOf } from './webhook.ts';

test('an error can neither break nor reverse the line of a message', async () => {
  await using hook = await receiver(200);
  const broken = 'full\u2028Job: a forged line\u202etxt.exe\u2066';
  await using jobs = await site({ broken }, { mail: [], webhooks: [{ name: 'ops', url: hook.url }] });
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  await jobs.sent();
  const { text } = JSON.parse(hook.got[0]?.body ?? '') as { text: string };
  expect(text).toContain('full Job: a forged line txt.exe');
  expect(text).not.toMatch(/[\u2028\u202e\u2066]/);
});

test('an error mentions no one in a chat and becomes no link there', async () => {
  await using hook = await receiver(200);
  const broken =
    '<!channel> <https://evil.example|Sign in> [Sign in](https://evil.example) @here & @everyone ada@example.com';
  await using jobs = await site({ broken }, { webhooks: [{ name: 'ops', url: hook.url }] });
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  await jobs.sent();
  const { text } = JSON.parse(hook.got[0]?.body ?? '') as { text: string };
  expect(text).toContain('&lt;!channel&gt; &lt;https://evil.example|Sign in&gt;');
  expect(text).toContain('&amp;');
  expect(text).toContain('ada@example.com');
  expect(text).not.toMatch(/[<>]|\]\(|@(?:here|everyone)/);
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as { messages: { id: string }[] };
  expect(await (await jobs.request(`/plugins/email/mailbox/${messages[0]?.id}/raw`)).text()).toContain('<!channel>');
});

test('the webhook is signed, readable in Slack, and retried while the receiver is busy', async () => {
  await using hook = await receiver(503, 200);
  const secret = 'known to both sides';
  await using jobs = await site({ broken: 'no' }, { mail: [], webhooks: [{ name: 'ops', url: hook.url, secret }] });
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  await jobs.sent();
  await jobs.advance(MINUTE);
  expect(hook.got).toHaveLength(2);
  for (const { headers, body } of hook.got) {
    const timestamp = String(headers['x-phraseworks-timestamp']);
    expect(headers['x-phraseworks-signature']).toBe(`sha256=${signatureOf(secret, timestamp, body)}`);
    expect(JSON.parse(body)).toMatchObject({ text: expect.stringContaining(RAISED), rule: 'failed', about: 'backup' });
  }
  expect(hook.got[0]?.headers['x-phraseworks-id']).toBe(hook.got[1]?.headers['x-phraseworks-id']);
  expect(await jobs.subjects()).toEqual([]);
});

test('what cannot be sent at once becomes a job, and only that', async () => {
  await using ops = await receiver(503, 200);
  await using chat = await receiver(200);
  const webhooks = [
    { name: 'ops', url: ops.url },
    { name: 'chat', url: chat.url },
  ];
  await using jobs = await site({ broken: 'no' }, { webhooks });
  await jobs.addJob(backup);
  await jobs.advance(10_000);
  await jobs.sent();
  expect([ops.got.length, chat.got.length]).toEqual([2, 1]);
  expect(await jobs.subjects()).toEqual([RAISED]);
  expect((await jobs.messages()).map(([, , , , to, state]) => `${to}: ${state}`).sort()).toEqual([
    'admin@example.test: sent',
    'chat: sent',
    'ops: completed',
  ]);
});

test('a message that a process could not send before it ended is sent by another one', async () => {
  await using hook = await receiver(0, 200);
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const config = { mail: [], webhooks: [{ name: 'ops', url: hook.url }] };
  const { clock } = await (async () => {
    await using one = await site({ broken: 'no' }, config, { database });
    await one.addJob(backup);
    await one.advance(10_000);
    await expect.poll(() => hook.got.length).toBe(1);
    return one;
  })();
  await using two = await site({}, config, { database, clock });
  await two.advance(2 * MINUTE);
  await two.advance(MINUTE);
  expect(hook.got.map(({ headers }) => headers['x-phraseworks-id'])).toEqual(
    Array(2).fill(hook.got[0]?.headers['x-phraseworks-id']),
  );
  expect((await two.messages()).map(([, , , , to, state]) => `${to}: ${state}`)).toEqual(['ops: completed']);
});

test('a process that falls silent raises an alert, which ends when it reports again', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const more = { database, leaseDuration: 30_000 };
  await using one = await site({}, {}, more);
  // Its own clock stands still.
  await using two = await site({}, {}, { ...more, plugins: { alerts: false } });
  await one.advance(4 * MINUTE);
  expect(await one.subjects()).toEqual([]);
  await one.advance(3 * MINUTE);
  const about = `${hostname()}: a process is silent`;
  expect(await one.subjects()).toEqual([`[PhraseWorks Jobs] Alert: ${about}`]);
  await two.advance(one.clock.now() - two.clock.now());
  await one.advance(MINUTE);
  expect(await one.subjects()).toEqual([
    `[PhraseWorks Jobs] Alert: ${about}`,
    `[PhraseWorks Jobs] All clear: ${about}`,
  ]);
});

test('the page shows an open alert and its recipients, closes it, and sends a test message', async () => {
  await using jobs = await site({ broken: 'the folder is gone' });
  await jobs.addJob(backup);
  await jobs.advance(10_000);
  await jobs.sent();
  const page = async () => JSON.stringify(await jobs.plugins.panel('alerts', 'alerts'));
  expect(await page()).toContain('the folder is gone');
  expect(await page()).toContain('Alerts go to admin@example.test.');
  expect((await jobs.request('/plugins/alerts/test', { method: 'POST' })).status).toBe(202);
  // Both at the same time of the clock.
  expect((await jobs.subjects()).sort()).toEqual([RAISED, '[PhraseWorks Jobs] Test: this is what an alert looks like']);
  const closed = await jobs.request(`/plugins/alerts/close/${encodeURIComponent('failed/backup')}`, { method: 'POST' });
  expect(closed.status).toBe(200);
  expect(await page()).toContain('No open alerts.');
  await later(jobs, HOUR);
  expect(await jobs.subjects()).toHaveLength(2);
});

test('an error reaches the page, the mail and the webhook without its secrets', async () => {
  await using hook = await receiver(200);
  const webhooks = [{ name: 'ops', url: hook.url }];
  await using jobs = await site({ broken: 'no mysql://ada:CANARY@db/x token=CANARY' }, { webhooks });
  await jobs.addJob(backup);
  await jobs.advance(10_000);
  await jobs.sent();
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as { messages: { id: string }[] };
  const places = {
    page: JSON.stringify(await jobs.plugins.panel('alerts', 'alerts')),
    mail: await (await jobs.request(`/plugins/email/mailbox/${messages[0]?.id}/raw`)).text(),
    webhook: hook.got[0]?.body,
  };
  for (const [place, text] of Object.entries(places)) {
    expect([place, text]).toEqual([place, expect.stringContaining('no mysql://ada:********@db/x')]);
    expect(text).not.toContain('CANARY');
  }
});

test.each([['http://example.com/hook'], ['https://user:password@example.com/hook'], ['ftp://example.com/']])(
  'a webhook at %s is refused with the configuration',
  async (url) => {
    await expect(site({}, { webhooks: [{ name: 'ops', url }] })).rejects.toThrow('webhooks[0].url');
  },
);

test('two processes on one database send one message, even if another one starts later', async () => {
  const database = `sqlite:${join(await temporaryFolder(), 'jobs.db')}`;
  const state: { broken?: string | undefined } = { broken: 'no' };
  await using one = await site(state, {}, { database });
  await using two = await site(state, {}, { database, clock: one.clock });
  await one.addJob(backup);
  for (let n = 0; n < 3; n += 1) {
    await one.advance(MINUTE);
    await two.idle();
    await Promise.all([one.sent(), two.sent()]);
  }
  expect(await one.subjects()).toEqual([RAISED]);
  await using three = await site(state, {}, { database, clock: one.clock });
  await one.advance(5 * MINUTE);
  await Promise.all([one, two, three].map((process) => process.sent()));
  expect(await one.subjects()).toEqual([RAISED]);
});

test('while nothing can be stored one message is sent, and the all-clear after it', async () => {
  await using hook = await receiver(200);
  const file = join(await temporaryFolder(), 'jobs.db');
  const webhooks = [{ name: 'ops', url: hook.url }];
  await using jobs = await site({}, { webhooks }, { database: `sqlite:${file}` });
  await jobs.advance(2 * MINUTE);
  const other = new SQLite(file);
  other.exec("create trigger refuse before update on pwj_alerts_watchers begin select raise(abort, 'disk full'); end");
  await jobs.advance(10 * MINUTE);
  await expect.poll(() => hook.got.length).toBe(1);
  expect(JSON.parse(hook.got[0]?.body ?? '')).toMatchObject({
    kind: 'raised',
    rule: 'storage',
    text: expect.stringContaining('disk full'),
  });
  other.exec('drop trigger refuse');
  other.close();
  await jobs.advance(2 * MINUTE);
  await expect.poll(() => hook.got.length).toBe(2);
  expect(hook.got.map(({ body }) => JSON.parse(body).kind)).toEqual(['raised', 'cleared']);
  await jobs.advance(10 * MINUTE);
  expect(hook.got).toHaveLength(2);
});

test('the webhooks cannot be set over HTTP', async () => {
  await using jobs = await createTestJobs({ plugins: { alerts: { use: alerts } } });
  const answer = await jobs.request('/api/plugins/alerts/config', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      webhooks: [{ name: 'theirs', url: 'https://evil.example/x', secret: 'a-secret-of-theirs' }],
    }),
  });
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { errors: [{ path: 'plugins.alerts.config.webhooks', message: expect.stringContaining('configuration file') }] },
  ]);
});
