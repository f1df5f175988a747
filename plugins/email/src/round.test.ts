// An attempt without time for every recipient continues in the next, uses up no retry, and skips or repeats none.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { testMailer } from '../test/mailer.ts';
import { smtpPeer } from '../test/peer.ts';
import email from './index.ts';

const many = (count: number, domain = 'x.test') => Array.from({ length: count }, (_, n) => `r${n}@${domain}`);
const mail = { subject: 'Hi', text: 'Hello' };
const everybody = (peer: { mails: { to: string[] }[] }) => peer.mails.flatMap((one) => one.to);

test('no mail is started after the deadline, and the next attempt sends the rest', async () => {
  const slowly = () => {
    clock.time += 1_000;
    return undefined;
  };
  await using peer = await smtpPeer({ data: slowly });
  const { mailer, clock } = await testMailer(peer.server);
  const send = (until: number) => mailer.send({ ...mail, to: many(5) }, { id: 'job', until });
  await expect(send(clock.time + 2_500)).rejects.toMatchObject({
    code: 'LATER',
    retryable: true,
    retryDelay: 1_000,
    message: '2 of 5 recipients must wait: this attempt ran out of time',
    result: { accepted: many(3) },
  });
  expect(await send(clock.time + 60_000)).toMatchObject({ accepted: many(5) });
  expect(everybody(peer).sort()).toEqual(many(5));
});

test('an attempt that starts late still sends one mail', async () => {
  await using peer = await smtpPeer();
  const { mailer, clock } = await testMailer(peer.server);
  await expect(mailer.send({ ...mail, to: many(2) }, { until: clock.time - 1 })).rejects.toMatchObject({
    code: 'LATER',
  });
  expect(everybody(peer)).toEqual(['r0@x.test']);
});

test('a limit of the site counts the mails of all jobs, and waiting uses up no retry', async () => {
  await using peer = await smtpPeer();
  await using jobs = await createTestJobs({
    limits: { smtp: { rate: { n: 3, per: '1 minute' } } },
    plugins: { email: { use: email, config: { transport: `smtp://127.0.0.1:${peer.server.port}` } } },
  });
  await jobs.addJobs(many(7).map((to) => ({ type: 'email', data: { ...mail, to }, maxRetries: 0 })));
  await jobs.idle();
  expect(peer.mails).toHaveLength(3);
  await jobs.advance(61_000);
  expect(peer.mails).toHaveLength(6);
  await jobs.advance(61_000);
  expect(everybody(peer).sort()).toEqual(many(7));
});

test.each([421, 450])(
  'a server that answers %i gets no mail of any job for a minute, and no retry is used up',
  async (status) => {
    let isBusy = true;
    let asked = 0;
    const from = (): [number, string] | undefined => {
      asked += 1;
      return isBusy ? [status, 'too many mails'] : undefined;
    };
    await using peer = await smtpPeer({ from });
    const config = { transport: `smtp://127.0.0.1:${peer.server.port}` };
    await using jobs = await createTestJobs({ plugins: { email: { use: email, config } } });
    const first = await jobs.addJob({ type: 'email', data: { ...mail, to: 'a@x.test' } });
    await jobs.idle();
    isBusy = false;
    await jobs.addJob({ type: 'email', data: { ...mail, to: 'b@x.test' } });
    await jobs.advance(59_000);
    expect([asked, peer.mails.length]).toEqual([1, 0]);
    await jobs.advance(2_000);
    expect(everybody(peer).sort()).toEqual(['a@x.test', 'b@x.test']);
    expect(await jobs.getJobStatus(first.id)).toMatchObject({ status: 'completed', attempt: 1 });
  },
);

test('a mail that no server accepts for a day is given up', async () => {
  await using peer = await smtpPeer({ rcpt: () => [451, 'not now'] });
  const config = { transport: `smtp://127.0.0.1:${peer.server.port}` };
  await using jobs = await createTestJobs({ plugins: { email: { use: email, config } } });
  const { id } = await jobs.addJob({ type: 'email', data: { ...mail, to: 'a@x.test' } });
  await jobs.advance(20 * 3_600_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending' });
  await jobs.advance(4 * 3_600_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({
    status: 'failed',
    error: expect.stringContaining('451 not now'),
  });
});
