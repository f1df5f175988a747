// cc and bcc: each named address gets one mail, and sees what a mail program would show.
import { expect, test } from 'vitest';
import { testMailer } from '../test/mailer.ts';
import { headerOf, smtpPeer } from '../test/peer.ts';

const mail = { to: ['a@x.test', 'b@x.test'], subject: 'Hi', text: 'Hello' };

test('each of to, cc and bcc gets one mail with the same visible addresses, without bcc', async () => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  const result = await mailer.send(
    { ...mail, cc: 'c@x.test', bcc: ['d@x.test', 'A@x.test'], replyTo: 'answers@x.test' },
    { id: 'job' },
  );
  expect(result.accepted).toEqual(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test']);
  expect(peer.mails.map((one) => one.to)).toEqual([['a@x.test'], ['b@x.test'], ['c@x.test'], ['d@x.test']]);
  for (const { source } of peer.mails) {
    expect(headerOf(source, 'To')).toBe('a@x.test, b@x.test');
    expect(headerOf(source, 'Cc')).toBe('c@x.test');
    expect(headerOf(source, 'Reply-To')).toBe('answers@x.test');
    expect(headerOf(source, 'Message-ID')).toBe('<job@site.test>');
    expect(source).not.toMatch(/bcc|d@x\.test/i);
  }
});
