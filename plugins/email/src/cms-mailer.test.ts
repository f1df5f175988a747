// The site's own mailer instead of SMTP: found by a filter, called for one recipient at a time, with its failures distinguished.
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { smtpPeer } from '../test/peer.ts';
import type { CmsMail, CmsMailer } from './cms-mailer.ts';
import email from './index.ts';

async function start(mailer: CmsMailer | null): Promise<TestJobs> {
  const jobs = await createTestJobs({ plugins: { email: { use: email, config: { transport: 'cms' } } } });
  if (mailer) jobs.addFilter('get_mailer', () => mailer);
  return jobs;
}

async function run(jobs: TestJobs, more: object = {}) {
  const data = { to: ['a@x.test', 'b@x.test'], cc: 'c@x.test', subject: 'Hi', html: '<p>Hi</p>', ...more };
  const { id } = await jobs.addJob({ type: 'email', data });
  await jobs.idle();
  return jobs.getJobStatus(id);
}

/** Like those of the site's SMTP plugin: it reads a few fields and writes to whom `to` names. */
function fake(answer: (mail: CmsMail) => unknown = () => ({ messageId: 'x' })) {
  const mails: CmsMail[] = [];
  const mailer = {
    mails,
    async sendMail(mail: CmsMail) {
      this.mails.push(mail);
      return answer(mail);
    },
  };
  return mailer;
}

test('each recipient is a separate call, in the format known to the site and nodemailer', async () => {
  const mailer = fake();
  await using jobs = await start(mailer);
  expect(await run(jobs)).toMatchObject({
    status: 'completed',
    result: { accepted: ['a@x.test', 'b@x.test', 'c@x.test'] },
  });
  expect(mailer.mails.map((mail) => mail.to)).toEqual(['a@x.test', 'b@x.test', 'c@x.test']);
  expect(mailer.mails[0]).toMatchObject({
    from: { address: 'no-reply@localhost', email: 'no-reply@localhost' },
    subject: 'Hi',
    html: '<p>Hi</p>',
    text: 'Hi',
    messageId: expect.stringMatching(/^<.+@localhost>$/),
  });
  expect(mailer.mails[0]).not.toHaveProperty('cc');
});

test('a nodemailer transport is accepted', async () => {
  await using peer = await smtpPeer({ rcpt: (to) => (to === 'b@x.test' ? [550, 'nobody'] : undefined) });
  const { createTransport } = await import('nodemailer');
  await using jobs = await start(createTransport({ ...peer.server }) as unknown as CmsMailer);
  expect(await run(jobs, { cc: undefined })).toMatchObject({
    status: 'completed',
    result: { accepted: ['a@x.test'], refused: [{ to: 'b@x.test', response: '550 nobody' }] },
  });
  expect(peer.mails.map((mail) => mail.to)).toEqual([['a@x.test']]);
});

test('an object with a function send is accepted', async () => {
  const sent: string[] = [];
  await using jobs = await start({ send: (mail) => void sent.push(mail.to) });
  expect(await run(jobs, { cc: undefined })).toMatchObject({ status: 'completed' });
  expect(sent).toEqual(['a@x.test', 'b@x.test']);
});

test.each([null, {}, { send: 'no function' } as unknown as CmsMailer])(
  'mails wait while there is no mailer (%#)',
  async (mailer) => {
    await using jobs = await start(mailer);
    expect(await run(jobs)).toMatchObject({
      status: 'pending',
      error: expect.stringContaining('no listener of the filter get_mailer'),
    });
  },
);

test.each([
  [Object.assign(new Error('secret details'), { status: 400 }), 'failed', 'failed (400)'],
  [Object.assign(new Error('secret details'), { statusCode: 429 }), 'pending', 'failed (429)'],
  [new Error('secret details'), 'pending', "the site's mailer failed"],
])('its failures are retried unless final, and their text is not repeated (%#)', async (error, status, words) => {
  const mailer = fake(() => {
    throw error;
  });
  await using jobs = await start(mailer);
  const job = await run(jobs, { to: 'a@x.test', cc: undefined });
  expect(job).toMatchObject({ status, error: expect.stringContaining(words) });
  expect(JSON.stringify(job)).not.toContain('secret');
});

test('a cancel does not wait for a mailer that never answers', async () => {
  let asked = () => {};
  const reached = new Promise<void>((resolve) => (asked = resolve));
  const mailer = fake(() => {
    asked();
    return new Promise(() => {});
  });
  await using jobs = await start(mailer);
  const { id } = await jobs.addJob({ type: 'email', data: { to: 'a@x.test', subject: 'Hi', text: 'Hello' } });
  await reached;
  await jobs.cancelJob(id);
  await jobs.idle();
  const { deliveries } = (await (await jobs.request(`/plugins/email/deliveries?jobId=${id}`)).json()) as {
    deliveries: object[];
  };
  expect(deliveries).toMatchObject([{ state: 'deferred', response: expect.stringContaining('outcome unknown') }]);
});
