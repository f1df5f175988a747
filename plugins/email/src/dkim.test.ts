// DKIM: mails are signed so that a receiver can verify them, and an unusable key is refused at the start.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyDkim } from '../test/dkim.ts';
import { testMailer } from '../test/mailer.ts';
import { rawPeer, smtpPeer } from '../test/peer.ts';
import { readDkim } from './dkim.ts';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: pem,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const names = { domain: 'site.test', selector: 'jobs' };

test('a mail is signed including its unsubscribe headers, and changing one byte breaks the signature', async () => {
  await using peer = await smtpPeer();
  const dkim = await readDkim({ ...names, key: privateKey });
  const { mailer } = await testMailer(peer.server, { options: { dkim }, publicUrl: 'https://site.test/jobs' });
  await mailer.send({ to: 'a@x.test', subject: 'Hällo', html: '<p>Grüße  und mehr </p>', category: 'bulk' });
  const source = peer.mails[0]?.source ?? '';
  const verified = verifyDkim(source, publicKey);
  expect(verified).toMatchObject({ ok: true, domain: 'site.test', selector: 'jobs' });
  for (const header of ['from', 'to', 'subject', 'message-id', 'list-unsubscribe', 'list-unsubscribe-post']) {
    expect(verified.signed).toContain(header);
  }
  expect(verifyDkim(source.replace(/^Subject: .*$/m, 'Subject: Other'), publicKey).ok).toBe(false);
  expect(verifyDkim(source.replace('mehr', 'Meer'), publicKey).ok).toBe(false);
});

test('signed or not, a connection lost before the mail was handed over leaves its recipient queued', async () => {
  await using peer = await rawPeer((socket) => {
    socket.write('220 here\r\n');
    socket.on('data', (chunk) => {
      if (chunk.toString('latin1').startsWith('RCPT')) socket.destroy();
      else socket.write('250 ok\r\n');
    });
  });
  const dkim = await readDkim({ ...names, key: privateKey });
  const { mailer, tracking } = await testMailer(peer.server, { options: { dkim } });
  const sending = mailer.send({ to: 'a@x.test', subject: 'x', text: 'y' }, { id: 'job' });
  await expect(sending).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect((await tracking.list({ jobId: 'job', limit: 1 })).rows).toMatchObject([{ state: 'queued' }]);
});

test('a key may come from a file, or in one line from the environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-dkim-'));
  try {
    const keyFile = join(folder, 'key.pem');
    await writeFile(keyFile, privateKey);
    expect(await readDkim({ ...names, keyFile })).toEqual({ domainName: 'site.test', keySelector: 'jobs', privateKey });
    const inOneLine = privateKey.replaceAll('\n', '\\n');
    expect((await readDkim({ ...names, key: inOneLine })).privateKey).toBe(privateKey);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

const ed25519 = generateKeyPairSync('ed25519', {
  privateKeyEncoding: pem,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

test.each([
  [{}, 'give either key or keyFile'],
  [{ key: privateKey, keyFile: 'x' }, 'give either key or keyFile'],
  [{ key: 'a secret that is no key' }, 'dkim.key is not a private key in PEM'],
  [{ key: publicKey }, 'dkim.key is not a private key in PEM'],
  [{ key: ed25519.privateKey }, 'must be an RSA key'],
  [{ keyFile: 'no/such/file.pem' }, 'dkim.keyFile cannot be read (ENOENT)'],
  [{ keyFile: '/dev/zero' }, 'dkim.keyFile must be a regular file'],
  [{ keyFile: tmpdir() }, 'dkim.keyFile must be a regular file'],
  [{ keyFile: 'package-lock.json' }, 'dkim.keyFile may have at most 65536 bytes'],
])('an unusable key is refused at the start (%#)', async (key, message) => {
  const error: Error = await readDkim({ ...names, ...key }).then(
    () => new Error('it was taken'),
    (thrown) => thrown,
  );
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('a secret');
});
