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

test('a domain at its limit does not hold up other recipients of the same mail', async () => {
  await using peer = await smtpPeer();
  const { mailer, clock } = await testMailer(peer.server, { limits: { perMinute: 1 } });
  const to = ['a@one.test', 'b@one.test', 'c@two.test'];
  const until = clock.time + 20_000;
  await expect(mailer.send({ ...mail, to }, { id: 'job', until })).rejects.toMatchObject({
    code: 'LATER',
    retryDelay: 60_000,
    result: { accepted: ['a@one.test', 'c@two.test'], deferred: [{ to: 'b@one.test' }] },
  });
});

test('with three mails a minute, a job to seven recipients takes two minutes more without using up a retry', async () => {
  await using peer = await smtpPeer();
  const config = { transport: `smtp://127.0.0.1:${peer.server.port}`, perDomain: { perMinute: 3 } };
  await using jobs = await createTestJobs({ plugins: { email: { use: email, config } } });
  const { id } = await jobs.addJob({ type: 'email', data: { ...mail, to: many(7) }, maxRetries: 0 });
  await jobs.idle();
  expect(peer.mails).toHaveLength(3);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'pending' });
  await jobs.advance(61_000);
  expect(peer.mails).toHaveLength(6);
  await jobs.advance(61_000);
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed', attempt: 1, result: { accepted: many(7) } });
  expect(everybody(peer)).toEqual(many(7));
});

test('a limit of mails per second applies to all jobs together', async () => {
  const times: number[] = [];
  await using peer = await smtpPeer({ data: () => void times.push(clock.time - began) });
  const { mailer, clock } = await testMailer(peer.server, { limits: { rate: 10 } });
  const began = clock.time;
  let left = 3;
  const one = async (n: number) => {
    await mailer.send({ ...mail, to: many(4) }, { id: `job${n}` });
    left -= 1;
  };
  const sending = Promise.all([1, 2, 3].map(one));
  while (left > 0) await clock.advance(50);
  await sending;
  expect(times).toHaveLength(12);
  for (const [place, time] of times.sort((x, y) => x - y).entries()) expect(time).toBeGreaterThanOrEqual(place * 100);
});
