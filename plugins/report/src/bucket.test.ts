// Reports in a bucket.
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { s3Server } from '../../../test/support/s3-server.ts';
import type { ReportResult } from './data.ts';
import report from './index.ts';

test('files that the bucket fails to remove are removed with the next report', async () => {
  const server = await s3Server();
  await using jobs = await createTestJobs({
    plugins: { report: { use: report, config: { keep: 1 } } },
    storage: { reports: { s3: { ...server.config, retries: 0 } } },
  });
  const make = async () => {
    const { id } = await jobs.addJob({ type: 'report', data: { type: 'weekly_analytics', format: 'csv' } });
    await jobs.idle();
    await jobs.advance(1_000);
    const job = await jobs.getJobStatus(id);
    const { files } = (job?.result ?? {}) as ReportResult;
    return files.map(({ name }) => `${server.config.prefix}${name}`);
  };
  const [first = ''] = await make();
  server.answer = (request) => (request.startsWith('DELETE') ? 403 : null);
  await make();
  expect(await server.stored(first)).toBeDefined();
  server.answer = () => null;
  await make();
  await expect(server.stored(first)).rejects.toMatchObject({ code: 'ENOENT' });
});
