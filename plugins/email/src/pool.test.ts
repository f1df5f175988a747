// Connections between mails: kept, shared, closed when idle, and replaced when the server has closed them.
import { expect, test } from 'vitest';
import { testMailer } from '../test/mailer.ts';
import { smtpPeer } from '../test/peer.ts';

const mail = { to: 'a@x.test', subject: 'Hi', text: 'Hello' };

function counting() {
  const ports: number[] = [];
  return { ports, data: (_mail: unknown, session: { remotePort: number }) => void ports.push(session.remotePort) };
}

test('the next mail reuses the connection of the last one', async () => {
  const { ports, data } = counting();
  await using peer = await smtpPeer({ data });
  const { mailer } = await testMailer(peer.server);
  for (let n = 0; n < 3; n += 1) await mailer.send(mail);
  expect(new Set(ports).size).toBe(1);
  expect(peer.open()).toBe(1);
});

test('an idle connection is closed after a while, and the next mail opens a new one', async () => {
  const { ports, data } = counting();
  await using peer = await smtpPeer({ data });
  const pool = { connections: 1, idle: 30, messages: 100 };
  const { mailer } = await testMailer(peer.server, { options: { pool } });
  await mailer.send(mail);
  await peer.idle();
  await mailer.send(mail);
  expect(new Set(ports).size).toBe(2);
});

test('a connection closed by the server meanwhile loses no mail and sends none twice', async () => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  await mailer.send(mail, { id: 'one' });
  peer.hangUp();
  expect(await mailer.send(mail, { id: 'two' })).toMatchObject({ accepted: ['a@x.test'] });
  expect(peer.mails).toHaveLength(2);
});

test('there are never more connections than the pool allows', async () => {
  let most = 0;
  await using peer = await smtpPeer({
    data: () => {
      most = Math.max(most, peer.open());
      return undefined;
    },
  });
  const pool = { connections: 2, idle: 5_000, messages: 100 };
  const { mailer } = await testMailer(peer.server, { options: { pool } });
  await Promise.all(Array.from({ length: 12 }, () => mailer.send(mail)));
  expect(peer.mails).toHaveLength(12);
  expect(most).toBeLessThanOrEqual(2);
});

test('a mail aborted while it waits for a connection does not affect the one being sent', async () => {
  let release = () => {};
  const blocked = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  let arrived = () => {};
  const first = new Promise<void>((resolve) => (arrived = resolve));
  await using peer = await smtpPeer({
    data: () => {
      arrived();
      return blocked;
    },
  });
  const pool = { connections: 1, idle: 5_000, messages: 100 };
  const { mailer, tracking } = await testMailer(peer.server, { options: { pool } });
  const slow = mailer.send(mail, { id: 'slow' });
  await first;
  const stop = new AbortController();
  const stopped = expect(mailer.send(mail, { id: 'stopped', signal: stop.signal })).rejects.toThrow('enough');
  stop.abort(new Error('enough'));
  await stopped;
  release();
  expect(await slow).toMatchObject({ accepted: ['a@x.test'] });
  expect((await tracking.list({ jobId: 'stopped', limit: 10 })).rows).not.toMatchObject([{ state: 'accepted' }]);
});
