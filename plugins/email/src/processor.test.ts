// The processor's results for each outcome.
import type { Processor, RunningJob } from '@phraseworks/sdk';
import { Limited, Snooze } from '@phraseworks/sdk/host';
import { expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../test/database.ts';
import { silent, testMailer } from '../test/mailer.ts';
import { smtpPeer } from '../test/peer.ts';
import type { EmailData } from './data.ts';
import type { Mailer } from './mailer.ts';
import { emailProcessor } from './processor.ts';

type Reports = Parameters<RunningJob['progress']>[0][];

interface Around {
  retryDelay?: number;
  clock?: ManualClock;
  /** Events of the job so far, the one that started this attempt included. */
  history?: string[];
}

const processorOf = (mailer: Mailer, around: Around = {}): Processor<'email'> => {
  const { retryDelay = 5_000, clock = manualClock(), history = ['job_added', 'job_started'] } = around;
  return emailProcessor({
    mailer,
    clock,
    getJobStatus: async () => ({ retryDelay, timeout: 30_000 }) as never,
    getJobHistory: async () => history.map((event) => ({ event })) as never,
  });
};

function run(
  processor: Processor<'email'>,
  data: EmailData,
  { attempt = 1, maxRetries = 3, createdAt = '2026-11-25T09:00:00.000Z' } = {},
) {
  const reports: Reports = [];
  const job: RunningJob = {
    id: 'job',
    type: 'email',
    attempt,
    maxRetries,
    isLast: attempt > maxRetries,
    createdAt,
    signal: new AbortController().signal,
    limited: (until, reason = '') => {
      throw new Limited(until, reason);
    },
    log: silent,
    progress: async (progress) => void reports.push(progress),
    results: async () => ({}),
    once: async (_key, fn) => (await fn()) as never,
    transaction: async (work) => work(undefined as never),
    complete: () => {},
    sleep: async () => {},
    waitFor: async () => null as never,
    linkFor: async () => '',
  };
  return { outcome: Promise.resolve(processor(data, 'job', attempt, job)), reports };
}

const welcome: EmailData = {
  to: 'user@example.com',
  subject: 'Welcome to PhraseWorks',
  template: 'welcome',
  variables: { userName: 'John Doe' },
};

test('progress is reported per recipient, and the message stays short', async () => {
  await using peer = await smtpPeer({ rcpt: (to) => (to === 'e@x.test' ? [550, 'nobody'] : undefined) });
  const { mailer } = await testMailer(peer.server);
  const to = ['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test', 'e@x.test'];
  const { outcome, reports } = run(processorOf(mailer), { ...welcome, to });
  expect(await outcome).toMatchObject({
    success: true,
    message: 'Email sent to a@x.test, b@x.test, c@x.test and 1 more; refused for 1',
  });
  expect(reports.map((report) => report.percentage)).toEqual([20, 40, 60, 80, 100]);
});

test.each([
  [5_000, 300_000],
  [900_000, 900_000],
])('greylisted with its own delay of %i ms, it waits %i ms', async (own, expected) => {
  await using peer = await smtpPeer({ rcpt: () => [451, 'greylisted'] });
  const { mailer } = await testMailer(peer.server);
  expect(await run(processorOf(mailer, { retryDelay: own }), welcome).outcome).toMatchObject({
    retryable: true,
    retryDelay: expected,
  });
});

test.each([
  ['a minute', '2026-11-25T08:59:50.000Z', 60_000],
  ['half of the time so far', '2026-11-25T08:30:00.000Z', 900_000],
  ['an hour', '2026-11-25T00:00:00.000Z', 3_600_000],
])(
  'if its retries end and the server is still unavailable, it waits %s without using up an attempt',
  async (_, createdAt, delay) => {
    await using peer = await smtpPeer({ rcpt: () => [451, 'busy'] });
    const { mailer } = await testMailer(peer.server);
    const outcome = await run(processorOf(mailer), welcome, { attempt: 4, createdAt }).outcome;
    expect(outcome).toBeInstanceOf(Snooze);
    expect(outcome).toMatchObject({ delay, message: 'not delivered yet to the recipient: 451 busy' });
  },
);

test.each([
  ['a recipient', { rcpt: () => [451, 'busy'] as [number, string] }, 'DEFERRED'],
  ['the server', { from: () => [450, 'busy'] as [number, string] }, 'SERVER_BUSY'],
])('a mail that may not be retried is abandoned when %s is busy', async (_, behaviour, code) => {
  await using peer = await smtpPeer(behaviour);
  const { mailer } = await testMailer(peer.server);
  const outcome = await run(processorOf(mailer), welcome, { maxRetries: 0 }).outcome;
  expect(outcome).toMatchObject({ success: false, code });
});

test('a job retried by hand tries the refused ones again; a retry, a pause or a crash does not', async () => {
  let gone = true;
  await using peer = await smtpPeer({ rcpt: () => (gone ? [550, 'nobody'] : undefined) });
  const { mailer } = await testMailer(peer.server);
  const first = ['job_added', 'job_started'];
  const again = (...more: string[]) => run(processorOf(mailer, { history: [...first, ...more] }), welcome).outcome;
  expect(await again()).toMatchObject({ success: false, retryable: false });
  gone = false;
  expect(await again('job_retry', 'job_started')).toMatchObject({ success: false });
  expect(await again('job_snoozed', 'job_started')).toMatchObject({ success: false });
  expect(await again('job_released', 'job_started')).toMatchObject({ success: false });
  expect(await again('job_failed', 'job_requeued', 'job_started', 'job_snoozed', 'job_started')).toMatchObject({
    success: false,
  });
  expect(await again('job_failed', 'job_requeued', 'job_started')).toMatchObject({ success: true });
});
