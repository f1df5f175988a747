// A site with the plugin, two types of jobs and its tables, and what its charts show.
import { definePlugin } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { sql } from 'kysely';
import { expect, onTestFinished } from 'vitest';
import metrics from '../src/index.ts';
import type { Database } from '../src/tables.ts';

export const TABLE = 'pwj_metrics_minutes';

export interface Site extends TestJobs {
  db: Database;
}

export async function open({
  config = {},
  enabled = true,
  ...options
}: TestOptions & { config?: object; enabled?: boolean } = {}) {
  let db: Database | undefined;
  const probe = definePlugin({
    name: 'probe',
    init(ctx) {
      db = ctx.db as unknown as Database;
    },
  });
  const jobs = await createTestJobs({
    ...options,
    plugins: { ...options.plugins, probe: { use: probe }, metrics: { use: metrics, enabled, config } },
  });
  onTestFinished(() => jobs[Symbol.asyncDispose]());
  jobs.registerProcessor('ok', async () => ({ success: true }));
  jobs.registerProcessor('bad', async () => ({ success: false, error: 'no', retryable: false }));
  return Object.assign(jobs, { db: db as Database });
}

export async function history(jobs: TestJobs, type?: string): Promise<MetricsHistory> {
  const answer = await jobs.request(`/api/metrics/history${type === undefined ? '' : `?type=${type}`}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as MetricsHistory;
}

/** How many jobs waited in each of the last minutes. */
export const waiting = async (jobs: TestJobs, minutes: number, type?: string) =>
  (await history(jobs, type)).points.slice(-minutes).map(({ pending }) => pending);

export const rename = ({ db }: Site, from: string, to: string) =>
  sql`alter table ${sql.table(from)} rename to ${sql.table(to)}`.execute(db);
