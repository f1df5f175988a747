// Attachments: a file that came with its job, bytes of another plugin, and all that is refused.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { testMailer } from '../test/mailer.ts';
import { smtpPeer } from '../test/peer.ts';
import email from './index.ts';

const mail = { to: 'a@x.test', subject: 'Hi', text: 'Hello' };
const bytes = (text: string) => new TextEncoder().encode(text);

async function parsed(source: string) {
  const { default: PostalMime } = await import('postal-mime');
  return PostalMime.parse(Buffer.from(source, 'latin1'));
}

test('a file sent with the job arrives byte for byte, under its own name', async () => {
  await using peer = await smtpPeer();
  const config = { transport: `smtp://127.0.0.1:${peer.server.port}` };
  await using jobs = await createTestJobs({ plugins: { email: { use: email, config } } });
  const content = Uint8Array.from({ length: 5_000 }, (_, n) => n % 256);
  const form = new FormData();
  form.set('job', JSON.stringify({ type: 'email', data: mail }));
  form.set('data.attachments[0]', new File([content], 'Prüfung 1.pdf', { type: 'application/pdf' }));
  form.set('data.attachments[1]', new File(['x'], 'odd', { type: 'multipart/mixed' }));
  const answer = await jobs.request('/api/jobs', { method: 'POST', body: form });
  const { id } = (await answer.json()) as { job?: { id: string }; id?: string } as { id: string };
  await jobs.idle();
  expect(await jobs.getJobStatus(id)).toMatchObject({ status: 'completed' });
  const [first, second] = (await parsed(peer.mails[0]?.source ?? '')).attachments;
  expect(first).toMatchObject({ filename: 'Prüfung 1.pdf', mimeType: 'application/pdf', disposition: 'attachment' });
  expect(Buffer.from(first?.content as ArrayBuffer).equals(Buffer.from(content))).toBe(true);
  expect(second).toMatchObject({ mimeType: 'application/octet-stream' });
});

test('another plugin may attach bytes, even for a picture in the HTML', async () => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  await mailer.send({
    to: 'a@x.test',
    subject: 'Report',
    html: '<img alt="chart" src="cid:chart@report">',
    attachments: [
      { filename: 'chart.png', content: bytes('png'), contentType: 'image/png', cid: 'chart@report' },
      { filename: 'data.csv', content: bytes('a,b') },
    ],
  });
  const { attachments } = await parsed(peer.mails[0]?.source ?? '');
  expect(attachments).toMatchObject([
    { filename: 'chart.png', mimeType: 'image/png', contentId: '<chart@report>' },
    { filename: 'data.csv', mimeType: 'application/octet-stream' },
  ]);
});

test('a missing file fails the mail for good, before anything is sent', async () => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  await expect(mailer.send({ ...mail, attachments: [{ upload: 'gone' }] })).rejects.toMatchObject({
    code: 'ATTACHMENT_GONE',
    retryable: false,
  });
  const uploads = {
    open: async () => ({ upload: 'u', name: 'x', type: 'x', size: 1, sha256: '', path: '/no/such/file' }),
  };
  const other = await testMailer(peer.server, { uploads });
  await expect(other.mailer.send({ ...mail, attachments: [{ upload: 'u' }] })).rejects.toMatchObject({
    code: 'ATTACHMENT_GONE',
  });
  expect(peer.open()).toBe(0);
});

test('all files together have a size limit, and a file that understates its size counts in full', async () => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server, { maxAttachmentBytes: 10 });
  const file = (size: number) => ({ filename: 'a.txt', content: new Uint8Array(size) });
  expect(await mailer.send({ ...mail, attachments: [file(4), file(6)] })).toMatchObject({ accepted: ['a@x.test'] });
  await expect(mailer.send({ ...mail, attachments: [file(4), file(7)] })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
    message: 'attachments have more than 10 bytes together',
  });
  const uploads = { open: async () => ({ upload: 'u', name: 'x', type: 'x', size: 11, sha256: '', path: '/x' }) };
  const other = await testMailer(peer.server, { maxAttachmentBytes: 10, uploads });
  await expect(other.mailer.send({ ...mail, attachments: [{ upload: 'u', size: 1 }] })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
  });
});

const content = bytes('x');
test.each([
  { path: '/etc/hostname' },
  { filename: 'x', path: '/etc/hostname' },
  { filename: 'x', content: { path: '/etc/hostname' } },
  { filename: 'x', content, href: 'http://127.0.0.1/' },
  { filename: '../x', content },
  { filename: 'a\r\nBcc: evil@z.test', content },
  { filename: 'x', content, contentType: 'text/html\r\nX: y' },
  { filename: 'x', content, contentType: 'message/rfc822' },
  { filename: 'x', content, cid: 'a>\r\nX: y' },
])('invalid attachment %# is refused', async (attachment) => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  const error = await mailer.send({ ...mail, attachments: [attachment as never] }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_MESSAGE', retryable: false });
  expect(error.message).not.toMatch(/evil|hostname/);
  expect(peer.mails).toEqual([]);
});
