// The webhook for bounced mails: allowed callers, accepted reports, and their effects.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

const secret = 'known to the mail provider';
const start = (bounces: object = { secret }) =>
  createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0 }, bounces } } } });

const post = (
  jobs: TestJobs,
  shape: string,
  body: unknown,
  headers: Record<string, string> = { 'X-Webhook-Secret': secret },
) =>
  jobs.request(`/plugins/email/public/bounces/${shape}`, {
    method: 'POST',
    as: 'anonymous',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function sent(jobs: TestJobs, to: string): Promise<string> {
  const { id } = await jobs.addJob({ type: 'email', data: { to, subject: 'Hi', text: 'Hello' } });
  await jobs.idle();
  return id;
}

const get = async (jobs: TestJobs, path: string) => (await jobs.request(`/plugins/email${path}`)).json();
const gone = { event: 'bounced', address: 'ada@x.test', response: '550 5.1.1 gone' };

test('a bounced mail is recorded with its job, and its address gets no more mail of any kind', async () => {
  await using jobs = await start();
  const id = await sent(jobs, 'ada@x.test');
  const answer = await post(jobs, 'generic', [{ ...gone, messageId: `<${id}.1@localhost>` }]);
  expect([answer.status, await answer.json()]).toEqual([200, { events: 1, noted: 1 }]);
  expect(await get(jobs, `/deliveries?jobId=${id}`)).toMatchObject({
    deliveries: [{ recipient: 'ada@x.test', state: 'bounced', response: '550 5.1.1 gone' }],
    nextCursor: null,
  });
  expect(await jobs.getJobStatus(await sent(jobs, 'Ada@x.test'))).toMatchObject({ status: 'cancelled' });
  // Told once more, as providers do: nothing changes.
  expect(await (await post(jobs, 'generic', gone)).json()).toEqual({ events: 1, noted: 0 });
});

test('a temporary bounce does not suppress the address', async () => {
  await using jobs = await start();
  await sent(jobs, 'ada@x.test');
  await post(jobs, 'generic', { ...gone, permanent: false });
  expect(await get(jobs, '/suppressions')).toMatchObject({ suppressions: [] });
  expect(await get(jobs, '/deliveries?address=ADA@x.test&state=bounced')).toMatchObject({ deliveries: [{}] });
});

const postmark = {
  RecordType: 'Bounce',
  Email: 'ada@x.test',
  Description: 'The address is not there.',
  Details: '550',
};

test.each([
  ['postmark', { ...postmark, Type: 'HardBounce', Inactive: true }, ['bounced']],
  ['postmark', { ...postmark, Type: 'SoftBounce', Inactive: false }, []],
  ['postmark', { ...postmark, Type: 'Transient' }, []],
  ['postmark', { ...postmark, RecordType: 'SpamComplaint', Type: 'SpamComplaint' }, ['complained']],
  ['postmark', { RecordType: 'SubscriptionChange', Recipient: 'ada@x.test', SuppressSending: true }, ['unsubscribed']],
  ['postmark', { RecordType: 'SubscriptionChange', Recipient: 'ada@x.test', SuppressSending: false }, []],
  [
    'sendgrid',
    [
      { event: 'delivered', email: 'bob@x.test' },
      {
        event: 'bounce',
        email: 'ada@x.test',
        type: 'bounce',
        status: '5.1.1',
        reason: '550 no such user',
        timestamp: 1,
      },
    ],
    ['bounced'],
  ],
  ['sendgrid', [{ event: 'bounce', email: 'ada@x.test', type: 'blocked', reason: 'busy' }], []],
  ['sendgrid', [{ event: 'spamreport', email: 'ada@x.test' }], ['complained']],
  ['sendgrid', [{ event: 'group_unsubscribe', email: 'ada@x.test' }], ['unsubscribed']],
])('a report of %s is understood (%#)', async (shape, body, reasons) => {
  await using jobs = await start();
  expect((await post(jobs, shape, body)).status).toBe(200);
  const { suppressions } = (await get(jobs, '/suppressions')) as { suppressions: { reason: string }[] };
  expect(suppressions.map((row) => row.reason)).toEqual(reasons);
});

const basic = (password: string) => `Basic ${Buffer.from(`postmark:${password}`).toString('base64')}`;

const CALLERS: [Record<string, string>, number][] = [
  [{ 'X-Webhook-Secret': secret }, 200],
  [{ Authorization: `Bearer ${secret.replaceAll(' ', '')}` }, 401],
  [{ Authorization: basic(secret) }, 200],
  [{ Authorization: basic(`${secret}x`) }, 401],
  [{ 'X-Webhook-Secret': '' }, 401],
  [{ 'X-Webhook-Secret': secret.toUpperCase() }, 401],
  [{}, 401],
];

test('only a caller with the secret is accepted', async () => {
  await using jobs = await start();
  for (const [headers, status] of CALLERS) expect((await post(jobs, 'generic', gone, headers)).status).toBe(status);
});

test('it is closed without a secret', async () => {
  await using jobs = await start({});
  for (const headers of [{ 'X-Webhook-Secret': '' }, { Authorization: basic('undefined') }, {}]) {
    expect((await post(jobs, 'generic', gone, headers as Record<string, string>)).status).toBe(404);
  }
});

const UNREADABLE: [string, unknown, number][] = [
  ['generic', '{', 400],
  ['generic', 'null', 400],
  ['generic', { ...gone, address: 'a@b.c\r\nBcc: evil@z.test' }, 400],
  ['generic', { ...gone, event: 'deleted' }, 400],
  ['generic', Array.from({ length: 1_001 }, () => gone), 400],
  ['generic', ' '.repeat(1_100_000), 413],
  ['postmark', { RecordType: 'Bounce' }, 400],
  ['nobody', gone, 404],
  ['__proto__', gone, 404],
];

test('an unreadable report is refused without repeating any of it', async () => {
  await using jobs = await start();
  for (const [shape, body, status] of UNREADABLE) {
    const answer = await post(jobs, shape, body);
    expect([shape, answer.status]).toEqual([shape, status]);
    expect(await answer.text()).not.toMatch(/evil|deleted/);
  }
  expect(await get(jobs, '/suppressions')).toMatchObject({ suppressions: [] });
});
