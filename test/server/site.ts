// A job system of a test on a database server: it goes away with its test, and what it logged can be read.
import { createJobs, type JobsHost, type JobsOptions } from '@phraseworks/jobs';
import type { RowDataPacket } from 'mysql2/promise';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../core/src/kernel/clock.ts';
import { createLogger, warnOnce } from '../../core/src/kernel/logger.ts';
import { connectTo } from './rig.ts';

export interface Site {
  jobs: JobsHost;
  /** Lines of its log, from `warn` on. */
  said: string[];
}

/** Started; in all three roles unless `options` says otherwise. */
export async function siteOfTest(database: string, options: JobsOptions = {}): Promise<Site> {
  const said: string[] = [];
  const log = warnOnce(
    createLogger('warn', (line) => said.push(line)),
    systemClock,
  );
  const jobs = await createJobs({ database, log, ...options });
  onTestFinished(() => jobs.stop({ timeout: 0 }));
  await jobs.start();
  return { jobs, said };
}

/** On the server itself, past any proxy: the rows of a statement. */
export async function askDirectly(port: number): Promise<(sql: string) => Promise<RowDataPacket[]>> {
  const connection = await connectTo(port);
  return async (sql) => (await connection.query<RowDataPacket[]>(sql))[0];
}
