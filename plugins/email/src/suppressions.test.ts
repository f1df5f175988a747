// The suppression list on the engine of the run: the mails it stops, by reason.
import { expect, test } from 'vitest';
import { manualClock, openDatabase } from '../test/database.ts';
import { testMailer } from '../test/mailer.ts';
import { smtpPeer } from '../test/peer.ts';
import { createSuppressions } from './suppressions.ts';

async function start() {
  const clock = manualClock();
  return { clock, list: createSuppressions(await openDatabase(), clock) };
}

test('an unsubscribe or complaint stops bulk mail only; a bounce or manual entry stops all mail', async () => {
  const { list } = await start();
  await list.add('tired@x.test', 'unsubscribed');
  await list.add('angry@x.test', 'complained');
  await list.add('gone@x.test', 'bounced', '550 5.1.1 no such user');
  await list.add('never@x.test', 'manual');
  const stops = async (address: string) => [
    (await list.find(address, 'bulk'))?.reason,
    (await list.find(address, 'transactional'))?.reason,
  ];
  expect(await stops('Tired@X.test')).toEqual(['unsubscribed', undefined]);
  expect(await stops('angry@x.test')).toEqual(['complained', undefined]);
  expect(await stops('gone@x.test')).toEqual(['bounced', 'bounced']);
  expect(await stops('never@x.test')).toEqual(['manual', 'manual']);
  expect(await stops('other@x.test')).toEqual([undefined, undefined]);
});

test('simultaneous additions of one address all succeed and create one row', async () => {
  const { list } = await start();
  const added = await Promise.all([1, 2, 3, 4].map(() => list.add('a@x.test', 'manual')));
  expect(added.filter(Boolean)).toHaveLength(1);
  expect((await list.list({ limit: 10 })).rows).toHaveLength(1);
});

test('if every recipient is suppressed nothing is sent, and that is final until the address is removed and the job is retried', async () => {
  await using peer = await smtpPeer();
  const { mailer, suppressions } = await testMailer(peer.server);
  await suppressions.add('a@x.test', 'bounced');
  const mail = { to: 'a@x.test', subject: 'Hi', text: 'Hello' };
  await expect(mailer.send(mail, { id: 'job' })).rejects.toMatchObject({
    code: 'SUPPRESSED',
    retryable: false,
    message: 'not sent to the recipient: on the suppression list: bounced',
  });
  await suppressions.remove('a@x.test');
  await expect(mailer.send(mail, { id: 'job' })).rejects.toMatchObject({ code: 'SUPPRESSED' });
  expect(peer.open()).toBe(0);
  expect(await mailer.send(mail, { id: 'job', again: async () => true })).toMatchObject({ accepted: ['a@x.test'] });
});

test('an address that does not exist gets only one mail', async () => {
  await using peer = await smtpPeer({
    rcpt: (to) => (to.startsWith('gone') ? [550, '5.1.1 no such user'] : [550, '5.7.1 not from you']),
  });
  const { mailer, suppressions } = await testMailer(peer.server);
  const mail = { to: ['gone@x.test', 'here@x.test'], subject: 'Hi', text: 'Hello' };
  await expect(mailer.send(mail)).rejects.toMatchObject({ code: 'REFUSED' });
  expect((await suppressions.list({ limit: 10 })).rows).toMatchObject([
    { address: 'gone@x.test', reason: 'bounced', note: '550 5.1.1 no such user' },
  ]);
});
