// Sending: through the e-mail plugin into its mailbox, and through a mailer that fails in every way. No recipient gets a report twice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyPlugin, definePlugin, Veto } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, onTestFinished, test } from 'vitest';
import email from '../../email/src/index.ts';
import { figuresPlugin } from '../test/figures.ts';
import report, { type ReportResult } from './index.ts';
import { Mailer } from './mail.ts';

async function start(more: Record<string, { use: AnyPlugin; config?: object }>) {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-report-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return createTestJobs({
    storage: { reports: { folder } },
    plugins: { report: { use: report, config: { site: 'The Blog' } }, figures: { use: figuresPlugin() }, ...more },
  });
}

type Answer = 'ok' | 'refused' | 'deferred' | 'down' | 'login' | 'no address' | 'veto' | 'no attachments';
interface Sent {
  to: string;
  id: string;
  subject: string;
  html: string;
  attachments: number;
}

/** What it is asked, in order, and who it has taken. `answers`: per recipient, one after the other; then `ok`. */
function mailerOf(answers: Record<string, Answer[]>) {
  const asked: string[] = [];
  const sent: Sent[] = [];
  const fail = (code: string, retryable: boolean) =>
    Promise.reject(Object.assign(new Error(code), { code, retryable }));
  const plugin = definePlugin({
    name: 'mailer',
    provides: [Mailer],
    init(ctx) {
      ctx.provide(Mailer, {
        async send({ to, subject, html, attachments = [] }, { id }) {
          asked.push(to);
          const answer = answers[to]?.[0] ?? 'ok';
          if (answer === 'no attachments' && attachments.length > 0) return fail('INVALID_MESSAGE', false);
          answers[to]?.shift();
          if (answer === 'deferred') return fail('DEFERRED', true);
          if (answer === 'down') return fail('UNREACHABLE', true);
          if (answer === 'login') return fail('LOGIN_REFUSED', false);
          if (answer === 'refused') return fail('REFUSED', false);
          if (answer === 'no address') return fail('INVALID_EMAIL', false);
          if (answer === 'veto') throw new Veto('only our own people on staging');
          sent.push({ to, id, subject, html, attachments: attachments.length });
          return { accepted: [to], refused: [], deferred: [] };
        },
      });
    },
  });
  return { plugin, asked, sent };
}

const A = 'a@example.com';
const B = 'b@example.com';
const C = 'c@example.com';

async function send(mailer: AnyPlugin, recipients: string[], wait = 0) {
  await using jobs = await start({ mailer: { use: mailer } });
  const { id } = await jobs.addJob({
    type: 'report',
    data: { type: 'weekly_analytics', recipients },
    retryDelay: 1_000,
  });
  await jobs.idle();
  if (wait > 0) await jobs.advance(wait);
  const job = await jobs.getJobStatus(id);
  const { runs } = (await (await jobs.request('/plugins/report/runs')).json()) as {
    runs: { sent: number; reason?: string }[];
  };
  return { job, result: job?.result as ReportResult, run: runs[0] };
}

test('each recipient gets a separate mail, with the news in its subject', async () => {
  await using jobs = await start({ email: { use: email, config: { mailbox: { port: 0 } } } });
  await jobs.addJob({ type: 'report', data: { type: 'daily_summary' } });
  await jobs.idle();
  const recipients = ['admin@example.com', 'editor@example.com'];
  const { id } = await jobs.addJob({
    type: 'report',
    data: { type: 'daily_summary', period: 'current', recipients, format: ['text', 'csv'] },
  });
  await jobs.idle();
  const job = await jobs.getJobStatus(id);
  expect(job).toMatchObject({ status: 'completed', message: 'Daily summary, Thursday, 1 January 2026, sent to 2' });
  expect(job?.result).toMatchObject({ sent: true, accepted: recipients, refused: [] });
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as {
    messages: { id: string; to: string; subject: string }[];
  };
  expect(messages.map(({ to }) => to).sort()).toEqual(recipients);
  expect(messages[0]?.subject).toBe('The Blog: Daily summary, Thursday, 1 January 2026: 1 completed, 0 failed');
  const raw = await (await jobs.request(`/plugins/email/mailbox/${messages[0]?.id}/raw`)).text();
  expect(raw).toMatch(/Content-Type: image\/png/i);
  expect(raw).toMatch(/filename="?daily_summary-2026-01-01-[0-9a-z]{12}\.txt/);
  expect(raw.toLowerCase()).toContain(`content-id: <${id}.1@report>`);
  const html = await (await jobs.request(`/plugins/email/mailbox/${messages[0]?.id}/html`)).text();
  expect(html).toContain('<img src="data:image/png;base64,');
});

test('a retry sends the same report to the remaining recipients only', async () => {
  const { plugin, asked, sent } = mailerOf({ [B]: ['deferred', 'deferred'] });
  const { job, result, run } = await send(plugin, [A, B, C], 5_000);
  expect(job).toMatchObject({ status: 'completed', attempt: 3 });
  expect(asked).toEqual([A, B, C, B, B]);
  expect(sent.map(({ to, id }) => [to, id])).toEqual([
    [A, `${job?.id}.1`],
    [C, `${job?.id}.3`],
    [B, `${job?.id}.2`],
  ]);
  expect(new Set(sent.map(({ html }) => html)).size).toBe(1);
  expect(result).toMatchObject({ sent: true, accepted: [A, B, C] });
  expect(run).toMatchObject({ sent: 3 });
});

test('an unreachable server is tried once per attempt', async () => {
  const { plugin, asked } = mailerOf({ [A]: ['down'] });
  const { job } = await send(plugin, [A, B, C]);
  expect(job).toMatchObject({ status: 'pending', attempt: 1 });
  expect(job?.error).toContain('was created; 3 of 3 recipients do not have it yet: UNREACHABLE');
  expect(asked).toEqual([A]);
});

test('a recipient refused for good is reported and not retried, and the others receive it', async () => {
  const { plugin, asked } = mailerOf({ [A]: ['refused'], [B]: ['deferred'] });
  const { job, result, run } = await send(plugin, [A, B], 5_000);
  expect(job).toMatchObject({ status: 'completed', attempt: 2 });
  expect(asked).toEqual([A, B, B]);
  expect(result).toMatchObject({
    sent: false,
    reason: `${A}: REFUSED`,
    accepted: [B],
    refused: [{ to: A, reason: 'REFUSED' }],
  });
  expect(run).toMatchObject({ sent: 1, reason: `${A}: REFUSED` });
});

test('an address refused by the mailer or a filter is reported, and the others receive it', async () => {
  const { plugin, asked } = mailerOf({ [A]: ['no address'], [B]: ['veto'] });
  const { job, result } = await send(plugin, [A, B, C]);
  expect(job).toMatchObject({ status: 'completed', attempt: 1 });
  expect(asked).toEqual([A, B, C]);
  expect(result).toMatchObject({
    accepted: [C],
    refused: [
      { to: A, reason: 'INVALID_EMAIL' },
      { to: B, reason: 'only our own people on staging' },
    ],
  });
});

test('if every recipient is refused the job fails, and the report is kept', async () => {
  const refused = await send(mailerOf({ [A]: ['refused'] }).plugin, [A]);
  expect(refused.job).toMatchObject({ status: 'failed', attempt: 1 });
  expect(refused.run).toMatchObject({ sent: 0, reason: `${A}: REFUSED` });
  const login = await send(mailerOf({ [A]: ['login'] }).plugin, [A, B]);
  expect(login.job).toMatchObject({ status: 'failed', attempt: 1 });
});

test('a mailer without attachments gets the tables', async () => {
  const { plugin, sent } = mailerOf({ [A]: ['no attachments'] });
  await using jobs = await start({ mailer: { use: plugin } });
  await jobs.addJob({ type: 'report', data: { type: 'weekly_analytics' } });
  await jobs.idle();
  await jobs.addJob({ type: 'report', data: { type: 'weekly_analytics', period: 'current', recipients: [A] } });
  await jobs.idle();
  expect(sent).toMatchObject([{ to: A, attachments: 0 }]);
  expect(sent[0]?.html).not.toContain('cid:');
});
