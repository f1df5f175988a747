// Tricks in every field, over real SMTP: no other recipient gets a mail, and no injected header appears.
import { expect, test } from 'vitest';
import { BAD } from '../test/addresses.ts';
import { testMailer } from '../test/mailer.ts';
import { smtpPeer } from '../test/peer.ts';
import type { EmailData } from './data.ts';
import { MailError } from './mail-error.ts';

const TO = 'ada@example.com';
const MARKUP = [
  '<script>alert(1)</script>',
  '{{constructor}}',
  '{{{x}}}',
  '"><img src=x onerror=x>',
  '\r\n.\r\nMAIL FROM:<e@z.test>',
  '.\r\n',
];
const tricks = [...BAD, ...MARKUP];
const HEADERS = [
  'from',
  'to',
  'reply-to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
  'auto-submitted',
  'content-transfer-encoding',
];

/** Each way a foreign string can get into a mail. */
const ways: Record<string, (trick: never) => EmailData> = {
  'a variable': (trick) => ({ to: TO, template: 'welcome', variables: { userName: trick } }),
  'the subject': (trick) => ({ to: TO, subject: trick, text: 'Hello' }),
  'the text': (trick) => ({ to: TO, subject: 'Hi', text: trick }),
  'the HTML': (trick) => ({ to: TO, subject: 'Hi', html: trick }),
  'the reply address': (trick) => ({ to: TO, subject: 'Hi', text: 'Hello', replyTo: trick }),
  'one of two recipients': (trick) => ({ to: [TO, trick], subject: 'Hi', text: 'Hello' }),
  'the only recipient': (trick) => ({ to: trick, subject: 'Hi', text: 'Hello' }),
};

const headerNames = (source: string): string[] =>
  (source.split('\r\n\r\n')[0] ?? '')
    .split('\r\n')
    .flatMap((line) => /^([A-Za-z-]+):/.exec(line)?.[1]?.toLowerCase() ?? []);

test.each(Object.entries(ways))(`${tricks.length} tricks in %s reach no other recipient`, async (_way, make) => {
  await using peer = await smtpPeer();
  const { mailer } = await testMailer(peer.server);
  const outcomes = await Promise.allSettled(tricks.map((trick) => mailer.send(make(trick as never))));
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const error: unknown = outcome.reason;
    expect(error).toBeInstanceOf(MailError);
    expect((error as MailError).retryable).toBe(false);
    expect((error as MailError).message).not.toMatch(/evil|z\.test/);
  }
  const sent = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
  // A list with one good address in it is no trick; it asks for that address.
  const asked = new Set([TO, 'a@b.c']);
  expect(peer.mails).toHaveLength(sent);
  for (const mail of peer.mails) {
    expect(mail.to).toHaveLength(1);
    expect(asked.has(mail.to[0] ?? '')).toBe(true);
    const names = headerNames(mail.source);
    expect(names.filter((name) => !HEADERS.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  }
});
