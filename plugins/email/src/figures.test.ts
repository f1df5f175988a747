// The figures of mail in a report.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

test('a report gets the mails of its period, added to the metrics of others', async () => {
  await using jobs = await createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0 } } } } });
  const from = jobs.clock.now();
  await jobs.addJob({ type: 'email', data: { to: ['a@x.test', 'refused@x.test'], subject: 'Hi', text: 'Hello' } });
  await jobs.idle();
  const other = {
    key: 'other',
    section: 'Other',
    label: 'Other',
    value: 1,
    unit: 'count' as const,
    better: 'more' as const,
  };
  const figures = await jobs.applyFilters('report:figures', [other], { from, to: from + 7 * 86_400_000 });
  expect(figures).toMatchObject([
    other,
    { key: 'email.delivered', section: 'Email', value: 1, unit: 'count', days: [1, 0, 0, 0, 0, 0, 0] },
    { key: 'email.refused', value: 1 },
    { key: 'email.deferred', value: 0 },
    { key: 'email.suppressed', value: 0 },
  ]);
  const before = await jobs.applyFilters('report:figures', [], { from: from - 86_400_000, to: from });
  expect(before.map((figure: { value: number }) => figure.value)).toEqual([0, 0, 0, 0]);
});
