// Campaigns: each recipient gets one mail with its own values, and the batch counts them.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

const start = () => createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0 } } } } });

test('each recipient gets one mail with the values of all and its own, and the batch ends when all are sent', async () => {
  await using jobs = await start();
  const { id } = await jobs.addJob({
    type: 'email_campaign',
    data: {
      name: 'Welcome',
      letter: { template: 'welcome', variables: { userName: 'friend', loginUrl: 'https://site.test/in' } },
      recipients: [{ to: 'ada@x.test', variables: { userName: 'Ada' } }, { to: 'bob@x.test' }, { to: 'Bob@x.test' }],
    },
  });
  await jobs.idle();
  const { result } = (await jobs.getJobStatus<'email_campaign'>(id)) ?? {};
  expect(result).toMatchObject({ mails: 2 });
  expect(await jobs.getBatch(result?.batch ?? '')).toMatchObject({
    name: 'Welcome',
    status: 'completed',
    counts: { total: 2, completed: 2 },
  });
  const { messages } = (await (await jobs.request('/plugins/email/mailbox')).json()) as { messages: { to: string }[] };
  expect(messages.map(({ to }) => to).sort()).toEqual(['Bob@x.test', 'ada@x.test']);
});

test('what the letter or a recipient lacks is refused with its field, before anything is sent', async () => {
  await using jobs = await start();
  const letter = { subject: 'News', text: 'Hello', template: 'welcome' };
  const data = { name: 'News', letter, recipients: [{ to: 'Ada <ada@x.test>' }] };
  await expect(jobs.addJob({ type: 'email_campaign', data })).rejects.toMatchObject({
    errors: [{ path: 'data.letter.template' }, { path: 'data.recipients[0].to' }],
  });
});

test('a campaign that is larger than the queue is added as there is room, each mail once', async () => {
  await using jobs = await createTestJobs({
    queue: { maxQueueSize: 250 },
    plugins: { email: { use: email, config: { mailbox: { port: 0, keep: 1_000 } } } },
  });
  const recipients = Array.from({ length: 500 }, (_, n) => ({ to: `r${n}@x.test` }));
  const { id } = await jobs.addJob({
    type: 'email_campaign',
    data: { name: 'All', letter: { subject: 'News', text: 'Hello', category: 'transactional' }, recipients },
  });
  for (let n = 0; n < 4; n += 1) await jobs.advance(6_000);
  const { result } = (await jobs.getJobStatus<'email_campaign'>(id)) ?? {};
  expect(await jobs.getBatch(result?.batch ?? '')).toMatchObject({
    status: 'completed',
    counts: { total: 500, completed: 500 },
  });
});
