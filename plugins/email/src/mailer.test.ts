// Sending to several recipients: none gets a second mail, and only temporarily refused ones are retried.

import { expect, test } from 'vitest';
import { testMailer } from '../test/mailer.ts';
import { cutAfterDot, rawPeer, smtpPeer } from '../test/peer.ts';
import type { EmailMessage } from './message.ts';
import { OUTCOME_UNKNOWN } from './outcome.ts';
import type { Tracking } from './tracking.ts';

const mail = { to: ['a@x.test', 'b@x.test', 'c@x.test'], subject: 'Hi', text: 'Hello' };
const rowsOf = async (tracking: Tracking) => (await tracking.list({ jobId: 'job', limit: 200 })).rows;
const recipients = (peer: { mails: { to: string[] }[] }) => peer.mails.flatMap((one) => one.to);

test('each recipient gets a separate mail with a stable Message-ID', async () => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  const result = await mailer.send(mail, { id: 'job' });
  expect(result).toEqual({
    messageId: '<job.1@site.test>',
    accepted: mail.to,
    refused: [],
    deferred: [],
    suppressed: [],
  });
  expect(recipients(peer)).toEqual(mail.to);
  for (const [index, one] of peer.mails.entries()) {
    expect(one.source).toContain(`Message-ID: <job.${index + 1}@site.test>`);
    expect(one.source).toContain(`To: ${mail.to[index]}\r\n`);
    expect(one.source).not.toContain(mail.to[(index + 1) % 3]);
  }
});

test('only a temporarily refused recipient is retried', async () => {
  let busy = 2;
  await using peer = await smtpPeer({ rcpt: (to) => (to === 'b@x.test' && busy-- > 0 ? [451, 'busy'] : undefined) });
  const { mailer, tracking } = await testMailer(peer.server);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await expect(mailer.send(mail, { id: 'job' })).rejects.toMatchObject({
      code: 'DEFERRED',
      retryable: true,
      message: 'not delivered yet to 1 of 3 recipients: 451 busy',
      retryDelay: undefined,
    });
  }
  expect(await mailer.send(mail, { id: 'job' })).toMatchObject({ accepted: mail.to });
  expect(recipients(peer).sort()).toEqual(mail.to);
  expect((await rowsOf(tracking)).map((row) => row.attempts).sort()).toEqual([1, 1, 3]);
});

test('a permanently refused recipient is final, and the mail to the others is a success', async () => {
  let asked = 0;
  await using peer = await smtpPeer({ rcpt: (to) => (to === 'b@x.test' && ++asked ? [550, 'nobody'] : undefined) });
  const { mailer } = await testMailer(peer.server);
  const expected = { accepted: ['a@x.test', 'c@x.test'], refused: [{ to: 'b@x.test', response: '550 nobody' }] };
  expect(await mailer.send(mail, { id: 'job' })).toMatchObject(expected);
  expect(await mailer.send(mail, { id: 'job' })).toMatchObject(expected);
  expect(asked).toBe(1);
});

test('after a lost final reply the same Message-ID is sent again, and the row says why', async () => {
  const seen: string[] = [];
  const bad = await rawPeer((socket) => cutAfterDot(socket, (source) => seen.push(source)));
  const { mailer, tracking, db } = await testMailer(bad.server);
  await expect(mailer.send(mail, { id: 'job' })).rejects.toMatchObject({ code: 'UNREACHABLE', retryable: true });
  expect(await rowsOf(tracking)).toContainEqual(
    expect.objectContaining({ recipient: 'a@x.test', state: 'deferred', response: OUTCOME_UNKNOWN }),
  );
  // No other recipient was tried on a server that drops connections.
  expect(seen).toHaveLength(1);
  await bad[Symbol.asyncDispose]();

  await using good = await smtpPeer();
  const again = await testMailer(good.server, { db });
  expect(await again.mailer.send(mail, { id: 'job' })).toMatchObject({ accepted: mail.to });
  expect(good.mails).toHaveLength(3);
  expect(good.mails[0]?.source).toContain('Message-ID: <job.1@site.test>');
  expect(seen[0]).toContain('Message-ID: <job.1@site.test>');
});

test('a refused login is final, and the same job is sent once the password is right', async () => {
  await using peer = await smtpPeer({ login: { user: 'u', pass: 'right' } });
  const wrong = await testMailer({ ...peer.server, auth: { user: 'u', pass: 'wrong' } });
  await expect(wrong.mailer.send(mail, { id: 'job' })).rejects.toMatchObject({
    code: 'LOGIN_REFUSED',
    retryable: false,
  });
  const right = await testMailer(peer.server, { db: wrong.db });
  expect(await right.mailer.send(mail, { id: 'job' })).toMatchObject({ accepted: mail.to });
});

test('an abort leaves the current and later recipients queued, and keeps the accepted one', async () => {
  const stop = new AbortController();
  await using peer = await smtpPeer({
    rcpt: (to) => {
      if (to === 'b@x.test') stop.abort(new Error('cancelled'));
      return undefined;
    },
  });
  const { mailer, tracking } = await testMailer(peer.server);
  await expect(mailer.send(mail, { id: 'job', signal: stop.signal })).rejects.toThrow('cancelled');
  const states = Object.fromEntries((await rowsOf(tracking)).map((row) => [row.recipient, row.state]));
  expect(states).toEqual({ 'a@x.test': 'accepted', 'b@x.test': 'queued', 'c@x.test': 'queued' });
  expect(await mailer.send(mail, { id: 'job' })).toMatchObject({ accepted: mail.to });
  expect(recipients(peer).sort()).toEqual(mail.to);
});

test('disabling the plugin stops every mail being sent', async () => {
  const off = new AbortController();
  await using peer = await rawPeer((socket) => socket.write('220 slow\r\n'));
  const { mailer } = await testMailer(peer.server, { signal: off.signal });
  const sending = mailer.send(mail, { signal: new AbortController().signal });
  await peer.connected;
  off.abort(new Error('switched off'));
  await expect(sending).rejects.toThrow('switched off');
  await peer.disconnected;
  await expect(mailer.send(mail)).rejects.toThrow('switched off');
});

test('a filter may change the mail, and its result is validated', async () => {
  await using peer = await smtpPeer();
  const filtered = (change: Partial<EmailMessage>) =>
    testMailer(peer.server, { applyFilters: async (_name, value) => ({ ...value, ...change }) as typeof value });
  const { mailer } = await filtered({ to: ['only@x.test'], subject: '[test] Hi' });
  expect(await mailer.send(mail)).toMatchObject({ accepted: ['only@x.test'] });
  expect(peer.mails[0]?.source).toContain('Subject: [test] Hi');
  for (const to of [
    ['x@x.test\r\nBcc: evil@z.test'],
    ['a@x.test, evil@z.test'],
    [{ path: '/etc/hostname' } as unknown as string],
  ]) {
    const bad = await filtered({ to });
    await expect(bad.mailer.send(mail)).rejects.toMatchObject({ code: 'INVALID_EMAIL', retryable: false });
  }
  expect(peer.mails).toHaveLength(1);
});

test('invalid addresses and ids are refused before a connection is opened', async () => {
  await using peer = await smtpPeer();
  const { mailer, tracking } = await testMailer(peer.server);
  await expect(mailer.send({ ...mail, to: 'nobody' })).rejects.toMatchObject({
    code: 'INVALID_EMAIL',
    retryable: false,
  });
  await expect(mailer.send({ ...mail, subject: 'a\nb' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
  await expect(mailer.send(mail, { id: 'a>\r\nb' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
  expect(await rowsOf(tracking)).toEqual([]);
});

test('a failure before a mail is handed over leaves its recipient unchanged', async () => {
  await using peer = await smtpPeer();
  const connect = { send: async () => ({ state: 'accepted' as const, response: '250' }), close: () => {} };
  const { mailer, tracking, db, suppressions } = await testMailer(peer.server, { connection: connect });
  await mailer.send({ ...mail, to: 'a@x.test' }, { id: 'job' });
  await suppressions.add('x@x.test', 'manual');
  await db.schema.dropTable('pwj_email_suppressions').execute();
  await expect(mailer.send({ ...mail, to: ['a@x.test', 'b@x.test'] }, { id: 'job' })).rejects.toThrow();
  const states = Object.fromEntries((await rowsOf(tracking)).map((row) => [row.recipient, [row.state, row.attempts]]));
  expect(states).toEqual({ 'a@x.test': ['accepted', 1], 'b@x.test': ['queued', 0] });
});

test.each([
  ['nests 201 deep', `${'<div>'.repeat(201)}hello`],
  ['nests deeper than any stack', '<b>a'.repeat(100_000)],
  ['nests deep behind tags that look closed', '<b title="></b>">'.repeat(201)],
  ['has 20,001 elements', '<br>'.repeat(20_001)],
])('a mail whose HTML %s is refused, and accepted with a separate text', async (_what, html) => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  const error = await mailer.send({ to: 'ada@example.com', subject: 'Hi', html }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_MESSAGE', retryable: false, message: /set text beside it/ });
  await mailer.send({ to: 'ada@example.com', subject: 'Hi', html, text: 'hello' }, { id: 'beside' });
  expect(recipients(peer)).toEqual(['ada@example.com']);
});
