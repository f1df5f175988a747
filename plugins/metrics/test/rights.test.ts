// The metrics require the right to view.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { byToken, headersOf, mayDo, ROLES } from '../../../test/support/roles.ts';
import metrics from '../src/index.ts';

test.each(['/metrics', '/api/metrics/history'])('%s requires the right to view', async (path) => {
  await using jobs = await createTestJobs({ authorize: byToken, plugins: { metrics: { use: metrics } } });
  for (const role of ROLES) {
    const { status } = await jobs.request(path, { as: 'anonymous', headers: headersOf(role) });
    expect([role, status]).toEqual([role, mayDo(role, 'view') ? 200 : role === 'nobody' ? 401 : 403]);
  }
});
