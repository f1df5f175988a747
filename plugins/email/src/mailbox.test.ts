// The local mailbox: mails it accepts, mails it refuses on purpose, and its start and stop.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { manualClock, openDatabase } from '../test/database.ts';
import { silent, testMailer } from '../test/mailer.ts';
import { openConnection } from './connection.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';
import { createMessages } from './messages.ts';

let open: Mailbox[] = [];
afterEach(async () => {
  await Promise.all(open.map((mailbox) => mailbox.close()));
  open = [];
});

async function start({ keep = 200, port = 0 } = {}) {
  const db = await openDatabase();
  const clock = manualClock();
  let next = 0;
  const messages = createMessages(db, clock, keep, () => `m${++next}`);
  const mailbox = createMailbox(port, messages, silent);
  open.push(mailbox);
  const { mailer } = await testMailer(await mailbox.open(), { db });
  return { mailbox, messages, mailer, clock };
}

const mail = { to: 'ada@example.test', subject: 'Grüße', html: '<p>Hällo</p>' };

test('a mail is kept byte for byte and linked in the result', async () => {
  const { mailer, messages } = await start();
  const result = await mailer.send(mail, { id: 'job' });
  expect(result).toMatchObject({ accepted: ['ada@example.test'], mailbox: '/plugins/email/mailbox/m1' });
  const [head] = await messages.list(10);
  expect(head).toMatchObject({
    id: 'm1',
    message_id: '<job.1@site.test>',
    sender: 'no-reply@site.test',
    recipient: 'ada@example.test',
    subject: 'Grüße',
  });
  const stored = await messages.find('m1');
  expect(stored?.source.toString('latin1')).toContain('Message-ID: <job.1@site.test>');
  expect(stored?.source.length).toBe(head?.size);
});

test('a mail that is too large is refused for good', async () => {
  const { mailbox, messages } = await start();
  const connection = await openConnection(await mailbox.open(), {
    timeouts: { connect: 5_000, greeting: 5_000, socket: 5_000 },
  });
  const letter = {
    from: 'a@x.test',
    fromName: undefined,
    recipient: 'b@x.test',
    to: ['b@x.test'],
    cc: [],
    replyTo: undefined,
    subject: 'big',
    html: undefined,
    text: 'x'.repeat(15_500_000),
    messageId: '<big@x.test>',
    attachments: [],
    unsubscribe: undefined,
  };
  const outcome = await connection.send(letter, new AbortController().signal);
  connection.close();
  expect(outcome).toMatchObject({ state: 'refused', response: expect.stringMatching(/^552/) });
  expect(await messages.list(10)).toEqual([]);
});

test('if its port is taken it uses another one, and it can be closed and reopened', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { mailbox, mailer } = await start({ port });
  expect((await mailbox.open()).port).not.toBe(port);
  expect(await mailer.send(mail)).toMatchObject({ accepted: ['ada@example.test'] });
  await mailbox.close();
  await mailbox.close();
  await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  other.close();
  expect((await mailbox.open()).host).toBe('127.0.0.1');
});
