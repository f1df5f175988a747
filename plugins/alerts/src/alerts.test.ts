// Alerts: a mail and a webhook for each cause, once, a reminder while it lasts, and the all-clear.
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, pluginContract, type TestJobs } from '@phraseworks/testing';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { receiver, site } from '../test/kit.ts';
import alerts from './index.ts';
import { signatureOf } from './webhook.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RAISED = '[PhraseWorks Jobs] Alert: backup: jobs failed';
const CLEARED = '[PhraseWorks Jobs] All clear: backup: jobs failed';
const backup = { type: 'backup', data: {} };

/** Hours in which nothing is looked at, and one look after them. */
async function later(jobs: TestJobs, ms: number): Promise<void> {
  jobs.clock.jump(ms - MINUTE);
  await jobs.advance(MINUTE);
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'alerts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

pluginContract(alerts);

test('a failed backup sends a mail, and the next good one sends the all-clear', async () => {
  const state: { broken?: string | undefined } = { broken: 'EACCES: the folder cannot be written' };
  await using jobs = await site(state);
  await jobs.addJob(backup);
  await jobs.advance(10_000);
  expect(await jobs.subjects()).toEqual([RAISED]);
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as { messages: { id: string }[] };
  const text = await (await jobs.request(`/plugins/email/mailbox/${messages[0]?.id}/raw`)).text();
  expect(text).toContain('EACCES: the folder cannot be written');

  state.broken = undefined;
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([RAISED, CLEARED]);
  await later(jobs, 2 * HOUR);
  expect(await jobs.subjects()).toHaveLength(2);
});

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

test('an error addresses nobody in a chat and becomes no link there', async () => {
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

test('a thousand failures are one message, which is repeated with their number while they last', async () => {
  await using hook = await receiver(200);
  const webhooks = [{ name: 'ops', url: hook.url }];
  await using jobs = await site({ broken: 'no' }, { webhooks, remind: '2 hours' }, { queue: { maxQueueSize: 5_000 } });
  await jobs.addJobs(Array.from({ length: 1_000 }, () => backup));
  await jobs.idle();
  await jobs.advance(MINUTE);
  await jobs.sent();
  await later(jobs, 1.5 * HOUR);
  expect(await jobs.subjects()).toEqual([RAISED]);
  await later(jobs, HOUR);
  expect(await jobs.subjects()).toEqual([RAISED, '[PhraseWorks Jobs] Still: backup: jobs failed']);
  const bodies = hook.got.map(({ body }) => JSON.parse(body) as { kind: string; count: number });
  expect(bodies.map(({ kind, count }) => [kind, count])).toEqual([
    ['raised', 1_000],
    ['reminder', 1_000],
  ]);
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

test('a type with a count raises its alert at the last failure within the time', async () => {
  await using jobs = await site({ broken: 'no' }, { failed: [{ type: 'backup', count: 3, within: '10 minutes' }] });
  await jobs.addJob(backup);
  await jobs.addJob(backup);
  await jobs.advance(11 * MINUTE);
  await jobs.addJob(backup);
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([]);
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([RAISED]);
});

test('a job that alternates between failure and success is reported three times an hour, then after a quiet hour', async () => {
  const state: { broken?: string | undefined } = {};
  await using jobs = await site(state);
  for (let n = 0; n < 10; n += 1) {
    for (const broken of ['no', undefined]) {
      state.broken = broken;
      await jobs.addJob(backup);
      await jobs.advance(2 * MINUTE);
      await jobs.sent();
    }
  }
  const early = await jobs.subjects();
  expect(early).toEqual([RAISED, CLEARED, RAISED, CLEARED, RAISED]);
  await later(jobs, HOUR);
  expect(await jobs.subjects()).toEqual([...early, CLEARED]);
});

test('a retry that succeeds raises no alert, and neither do failures from before the first start', async () => {
  await using jobs = await site(
    { broken: 'no' },
    {},
    { plugins: { alerts: { use: alerts, enabled: false, config: { mail: ['admin@example.test'] } } } },
  );
  await jobs.addJob(backup);
  await jobs.idle();
  await jobs.advance(MINUTE);
  await jobs.plugins.enable('alerts');
  await jobs.addJob({
    type: 'email',
    data: { to: 'flaky@example.test', subject: 'Hi', text: 'Hello' },
    retryDelay: 2_000,
  });
  await jobs.advance(5 * MINUTE);
  expect((await jobs.subjects()).filter((subject) => subject !== 'Hi')).toEqual([]);
});

test('26 hours without a verified backup raise an alert; an incomplete one does not end it, and a verified one does', async () => {
  const state: { result?: object } = { result: { state: 'verified' } };
  await using jobs = await site(state);
  await jobs.addJob(backup);
  await jobs.advance(HOUR);
  state.result = { state: 'incomplete' };
  await later(jobs, 20 * HOUR);
  await jobs.addJob(backup);
  await later(jobs, 4 * HOUR);
  expect(await jobs.subjects()).toEqual([]);
  await later(jobs, 2 * HOUR);
  const about = 'backup with {"state":"verified"}: no success';
  expect(await jobs.subjects()).toEqual([`[PhraseWorks Jobs] Alert: ${about}`]);
  state.result = { state: 'verified' };
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([
    `[PhraseWorks Jobs] Alert: ${about}`,
    `[PhraseWorks Jobs] All clear: ${about}`,
  ]);
});

/** Two schedules whose jobs have the same type; `run` runs one of them now. */
async function twoSchedules(jobs: TestJobs) {
  for (const name of ['database', 'files']) await jobs.scheduleJob({ name, schedule: '0 1 1 7 *', jobData: backup });
  return async (name: string) => {
    await jobs.request(`/api/schedules/${name}/run`, { method: 'POST' });
    await jobs.advance(MINUTE);
  };
}

test('a failed backup of one schedule is not over when that of another schedule completes', async () => {
  const state: { broken?: string | undefined } = { broken: 'no' };
  await using jobs = await site(state);
  const run = await twoSchedules(jobs);
  await run('database');
  const about = 'backup (database): jobs failed';
  expect(await jobs.subjects()).toEqual([`[PhraseWorks Jobs] Alert: ${about}`]);
  state.broken = undefined;
  await run('files');
  await jobs.addJob(backup);
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toHaveLength(1);
  await run('database');
  expect((await jobs.subjects()).slice(1)).toEqual([`[PhraseWorks Jobs] All clear: ${about}`]);
});

test('a success that is asked of one schedule is not given by another', async () => {
  const success = [{ type: 'backup', schedule: 'database', within: '26 hours' }];
  await using jobs = await site({}, { success });
  const run = await twoSchedules(jobs);
  await jobs.advance(MINUTE);
  await later(jobs, 25 * HOUR);
  await run('files');
  await later(jobs, 2 * HOUR);
  expect(await jobs.subjects()).toEqual(['[PhraseWorks Jobs] Alert: backup (database): no success']);
});

test('a plugin that has failed for five minutes raises an alert, which is over when it is on', async () => {
  let broken = true;
  const shop = definePlugin({
    name: 'shop',
    init() {
      if (broken) throw new Error('a mistake');
    },
  });
  await using jobs = await site({}, {}, { plugins: { shop: { use: shop } }, onPluginFailure: 'continue' });
  await jobs.advance(4 * MINUTE);
  expect(await jobs.subjects()).toEqual([]);
  await jobs.advance(3 * MINUTE);
  expect(await jobs.subjects()).toEqual(['[PhraseWorks Jobs] Alert: shop: the plugin failed']);
  broken = false;
  await jobs.plugins.enable('shop');
  await jobs.advance(2 * MINUTE);
  expect(await jobs.subjects()).toHaveLength(2);
});

/** Jobs that run until their process stops. */
const endless = {
  use: definePlugin({
    name: 'endless',
    init: (ctx) => {
      const run = (_data: unknown, _id: string, _attempt: number, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      ctx.registerProcessor('endless', run as never, { timeout: 86_400_000 });
    },
  }),
};

/** Fills every slot of a site with `maxConcurrentJobs: 2`. */
async function fill(jobs: TestJobs): Promise<void> {
  const added = await jobs.addJobs([1, 2].map(() => ({ type: 'endless', data: {} })));
  for (const { id } of added) await jobs.running(id);
}

test('an alert arrives while all slots are busy with jobs that never end', async () => {
  await using hook = await receiver(200);
  const more = { plugins: { endless }, queue: { maxConcurrentJobs: 2 } };
  await using jobs = await site({ broken: 'no' }, { webhooks: [{ name: 'ops', url: hook.url }] }, more);
  await jobs.addJob(backup);
  await jobs.idle();
  await fill(jobs);
  await jobs.advance(10_000);
  await expect.poll(() => hook.got.length).toBe(1);
  await expect
    .poll(async () => (await jobs.messages()).map(([, , , by, , state]) => [by, state]))
    .toEqual(
      expect.arrayContaining([
        ['mail', 'sent'],
        ['webhook', 'sent'],
      ]),
    );
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

test('jobs that wait while none finishes raise an alert, which is over when one finishes', async () => {
  await using jobs = await site({}, {}, { plugins: { endless }, queue: { maxConcurrentJobs: 2 } });
  await jobs.advance(MINUTE);
  await fill(jobs);
  await jobs.addJob(backup);
  const mails = () => jobs.mails();
  await jobs.pass(10 * MINUTE);
  expect(await mails()).toEqual([]);
  await jobs.pass(6 * MINUTE);
  await expect.poll(mails, { timeout: 20_000 }).toEqual(['[PhraseWorks Jobs] Alert: queue: no job has run']);
  const { jobs: running } = await jobs.listJobs({ status: 'processing' });
  for (const { id } of running) await jobs.cancelJob(id);
  await jobs.advance(MINUTE);
  await jobs.advance(MINUTE);
  await expect
    .poll(mails)
    .toEqual([
      '[PhraseWorks Jobs] Alert: queue: no job has run',
      '[PhraseWorks Jobs] All clear: queue: no job has run',
    ]);
});

test('a process that falls silent raises an alert, which is over when it is heard again', async () => {
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

test('a site without backups gets no alert about them', async () => {
  await using jobs = await site({}, {}, { plugins: { backups: false } });
  await later(jobs, 50 * HOUR);
  expect(await jobs.subjects()).toEqual([]);
});

test('a run whose job is parked for hours counts as a missed schedule', async () => {
  await using jobs = await site({});
  await jobs.scheduleJob({ name: 'nightly', schedule: '0 1 * * *', jobData: backup });
  await jobs.plugins.disable('backups');
  await jobs.advance(HOUR);
  await later(jobs, 5 * HOUR);
  expect(await jobs.subjects()).toEqual([]);
  await later(jobs, 2 * HOUR);
  expect(await jobs.subjects()).toEqual(['[PhraseWorks Jobs] Alert: nightly: schedule did not run']);
  await jobs.plugins.enable('backups');
  await jobs.advance(MINUTE);
  expect(await jobs.subjects()).toEqual([
    '[PhraseWorks Jobs] Alert: nightly: schedule did not run',
    '[PhraseWorks Jobs] All clear: nightly: schedule did not run',
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
