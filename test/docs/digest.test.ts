// The test shown in docs/plugins/testing.md.

import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const digest = definePlugin({
  name: 'digest',
  async init(ctx) {
    ctx.registerProcessor('digest', () => ({ success: true }));
    await ctx.scheduleJob({ name: 'morning', schedule: '0 9 * * 1-5', type: 'digest', data: {} });
  },
});

test('the digest is sent on weekdays at nine', async () => {
  await using jobs = await createTestJobs({ plugins: { digest: { use: digest } } });
  await jobs.advance(5 * 86_400_000);
  const sent = jobs.events.filter(({ event }) => event === 'job_completed');
  expect(sent.map(({ at }) => at.slice(0, 13))).toEqual(['2026-01-01T09', '2026-01-02T09', '2026-01-05T09']);
});
