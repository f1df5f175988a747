// One transaction with a real server on loopback: each answer, each failure, and the abort.
import { afterEach, expect, test } from 'vitest';
import { rawPeer, smtpPeer } from '../test/peer.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Letter } from './letter.ts';
import type { SmtpServer } from './smtp-server.ts';

const letter: Letter = {
  from: 'no-reply@localhost',
  fromName: undefined,
  recipient: 'ada@example.com',
  to: ['ada@example.com'],
  cc: [],
  replyTo: undefined,
  subject: 'Hello',
  html: '<p>Hello</p>',
  text: 'Hello',
  messageId: '<job.1@localhost>',
  attachments: [],
  unsubscribe: undefined,
};

let open: Connection[] = [];
afterEach(() => {
  for (const connection of open) connection.close();
  open = [];
});

async function connect(server: SmtpServer, ms = 5_000): Promise<Connection> {
  const connection = await openConnection(server, { timeouts: { connect: ms, greeting: ms, socket: ms } });
  open.push(connection);
  return connection;
}

const send = async (server: SmtpServer, ms?: number, change: Partial<Letter> = {}) =>
  (await connect(server, ms)).send({ ...letter, ...change }, new AbortController().signal);

test('an accepted mail arrives with its headers and both parts', async () => {
  await using peer = await smtpPeer();
  expect(await send(peer.server, 5_000, { fromName: 'Site, "News"', replyTo: 'reply@example.com' })).toEqual({
    state: 'accepted',
    response: '250 taken',
  });
  expect(peer.mails).toMatchObject([{ from: 'no-reply@localhost', to: ['ada@example.com'] }]);
  const source = peer.mails[0]?.source ?? '';
  for (const header of [
    'From: "Site, \\"News\\"" <no-reply@localhost>',
    'To: ada@example.com',
    'Reply-To: reply@example.com',
    'Subject: Hello',
    'Message-ID: <job.1@localhost>',
    'Auto-Submitted: auto-generated',
    'Content-Type: text/plain',
    'Content-Type: text/html',
  ]) {
    expect(source).toContain(header);
  }
  expect(source).not.toContain('X-Mailer');
});

test('a refused sender does not count against the recipient', async () => {
  await using final = await smtpPeer({ from: () => [550, 'not you'] });
  expect(await send(final.server)).toEqual({ state: 'queued', response: '550 not you', stop: 'SENDER_REFUSED' });
  await using passing = await smtpPeer({ from: () => [451, 'later'] });
  expect(await send(passing.server)).toEqual({ state: 'deferred', response: '451 later', stop: 'SERVER_BUSY' });
});

test('an endless reply is abandoned', async () => {
  await using peer = await rawPeer((socket) => {
    const more = () => {
      while (!socket.destroyed && socket.write('220-'.padEnd(16_384, 'x'))) {
        // Until the client has had enough.
      }
    };
    socket.on('drain', more);
    more();
  });
  expect(await send(peer.server)).toMatchObject({ state: 'queued', stop: 'UNREACHABLE' });
});

test('a password is not sent unencrypted to another machine', async () => {
  await using peer = await smtpPeer({ login: { user: 'u', pass: 'p' } });
  // The machine's own name for loopback is not known to be loopback here.
  const outcome = await send({ ...peer.server, host: '::ffff:127.0.0.1' });
  expect(outcome).toMatchObject({ state: 'queued', stop: 'UNREACHABLE' });
  expect(peer.mails).toEqual([]);
});
