// The plugin in a whole instance: the specification's jobs as written, retries, cancel, and the pages in the browser.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type AnyPlugin, definePlugin, Veto } from '@phraseworks/sdk';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email, { type EmailResult, Mailer } from './index.ts';

pluginContract(email, { config: { mailbox: { port: 0 } } });

const start = (config: object = {}, more: Record<string, AnyPlugin> = {}) =>
  createTestJobs({
    plugins: {
      email: { use: email, config: { mailbox: { port: 0 }, ...config } },
      ...Object.fromEntries(Object.entries(more).map(([name, use]) => [name, { use }])),
    },
  });

const welcome = { template: 'welcome', variables: { userName: 'John Doe' } };

test("the specification's mail goes from the job over SMTP to a page in the browser", async () => {
  await using jobs = await start();
  const job = await jobs.addJob({
    type: 'email',
    data: { to: 'user@example.com', subject: 'Welcome to PhraseWorks', ...welcome },
    priority: 'normal',
    maxRetries: 3,
  });
  await jobs.idle();
  const done = await jobs.getJobStatus(job.id);
  expect(done).toMatchObject({ status: 'completed', message: 'Email sent to user@example.com' });
  if (!done) throw new Error('the job is gone');
  const { mailbox = '', deliveredAt } = done.result as EmailResult & { deliveredAt: string };
  expect(deliveredAt).toMatch(/^\d{4}-\d\d-\d\dT/);

  const page = await jobs.request(mailbox);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('Welcome to PhraseWorks');
  const body = await jobs.request(`${mailbox}/html`);
  expect(body.headers.get('content-security-policy')).toMatch(/^sandbox allow-same-origin;/);
  expect(await body.text()).toContain('Welcome, John Doe');
  expect((await jobs.request(mailbox, { as: 'anonymous' })).status).toBe(401);
});

test('without the plugin "files" mail is sent, and one with an upload says what to enable', async () => {
  await using jobs = await createTestJobs({
    plugins: { email: { use: email, config: { mailbox: { port: 0 } } }, files: false },
  });
  const data = { to: 'user@example.com', subject: 'Welcome', text: 'Hello' };
  const sent = await jobs.addJob({ type: 'email', data });
  const waits = await jobs.addJob({ type: 'email', data: { ...data, attachments: [{ upload: 'u' }] }, maxRetries: 0 });
  await jobs.idle();
  expect(await jobs.getJobStatus(sent.id)).toMatchObject({ status: 'completed' });
  expect(await jobs.getJobStatus(waits.id)).toMatchObject({
    status: 'failed',
    error: 'An attached upload needs the plugin "files": enable it.',
  });
});

test('the text of a mail is visible to operators only, and the mailbox shows it', async () => {
  await using jobs = await start();
  const link = 'https://cms.example/reset/CANARY';
  const mail = { to: 'ada@example.com', subject: 'Reset' };
  const { id } = await jobs.addJob({ type: 'email', data: { ...mail, html: `<p>${link}</p>`, text: link } });
  const variables = { userName: 'John Doe', link };
  await jobs.addJob({ type: 'email', data: { ...mail, template: 'welcome', variables } });
  await jobs.idle();
  const list = async (as: 'user' | 'admin') =>
    ((await (await jobs.request('/api/jobs', { as })).json()) as { jobs: { data: object }[] }).jobs.map(
      (job) => job.data,
    );
  const mask = '********';
  expect(await list('user')).toEqual([
    { ...mail, template: 'welcome', variables: mask },
    { ...mail, html: mask, text: mask },
  ]);
  expect(JSON.stringify(await list('admin')).split('CANARY')).toHaveLength(4);
  const sent = (await jobs.getJobStatus(id))?.result as EmailResult | undefined;
  expect(await (await jobs.request(`${sent?.mailbox}/html`)).text()).toContain(link);
});

test("flaky is retried twice after the job's own delay and then receives one mail", async () => {
  await using jobs = await start();
  const job = await jobs.addJob({ type: 'email', data: { to: 'flaky@example.test', ...welcome }, retryDelay: 2_000 });
  await jobs.idle();
  expect(await jobs.getJobStatus(job.id)).toMatchObject({
    status: 'pending',
    attempt: 1,
    error: 'not delivered yet to the recipient: 451 4.3.0 mailbox busy, try again',
  });
  await jobs.advance(2_000);
  await jobs.advance(2_000);
  expect(await jobs.getJobStatus(job.id)).toMatchObject({ status: 'completed', attempt: 3 });
  const { deliveries } = (await (await jobs.request(`/plugins/email/deliveries?jobId=${job.id}`)).json()) as {
    deliveries: object[];
  };
  expect(deliveries).toMatchObject([
    { jobId: job.id, recipient: 'flaky@example.test', state: 'accepted', attempts: 3 },
  ]);
});

test('another plugin sends through the service and may veto the mails of others', async () => {
  const other = definePlugin({
    name: 'other',
    needs: { mailer: Mailer },
    init(ctx) {
      ctx.addFilter('email:message', ({ to }) => {
        if (to.includes('opted-out@x.test')) throw new Veto('unsubscribed');
      });
      ctx.registerProcessor('report_mail', async (_data, jobId, _attempt, { signal }) => {
        const result = await ctx.needs.mailer.send(
          { to: 'boss@x.test', subject: 'Report', text: 'Fine' },
          { id: jobId, signal },
        );
        return { success: true, result };
      });
    },
  });
  await using jobs = await start({}, { other });
  const sent = await jobs.addJob({ type: 'report_mail', data: {} });
  const vetoed = await jobs.addJob({ type: 'email', data: { to: 'opted-out@x.test', ...welcome } });
  await jobs.idle();
  expect(await jobs.getJobStatus(sent.id)).toMatchObject({
    status: 'completed',
    result: { accepted: ['boss@x.test'] },
  });
  expect(await jobs.getJobStatus(vetoed.id)).toMatchObject({
    status: 'cancelled',
    reason: expect.stringContaining('unsubscribed'),
  });
});

test('custom templates are added to the built-in ones, and a missing folder is reported by its key', async () => {
  await using jobs = await start({ templates: fileURLToPath(new URL('../test/templates', import.meta.url)) });
  const job = await jobs.addJob({
    type: 'email',
    data: { to: 'a@x.test', template: 'receipt', variables: { total: '12.00' } },
  });
  await jobs.idle();
  expect(await jobs.getJobStatus(job.id)).toMatchObject({ status: 'completed' });
  const bad = start({ templates: 'no/such/folder' });
  await expect(bad).rejects.toThrow('templates: the folder cannot be read (ENOENT)');
});

test('no file of the plugin imports a heavy library before it is needed', async () => {
  const heavy = /^import (?!type )[^;]*from '(nodemailer|handlebars|html-to-text|smtp-server|postal-mime)'/m;
  const folder = new URL('./', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(15);
  for (const file of files)
    expect([file, heavy.test(await readFile(new URL(file, folder), 'utf8'))]).toEqual([file, false]);
});
