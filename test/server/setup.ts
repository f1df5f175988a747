// Before the tests of the project `mariadb`: the server they run on, theirs or the one they were told to take.
import type { TestProject } from 'vitest/node';
import { startServer, type TestServer } from './mariadb.ts';
import { folderInMemory } from './memory.ts';
import { skipsForbidden } from './missing.ts';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const tell = (env: Record<string, string>): void => {
    project.config.env = { ...project.config.env, ...env };
  };
  const given = process.env.JOBS_TEST_MYSQL_URL;
  const server = given ? undefined : await start();
  if (server instanceof Error) tell({ JOBS_TEST_NO_SERVER: server.message });
  else tell({ JOBS_TEST_ENGINE: 'mysql', JOBS_TEST_MYSQL_URL: server?.url ?? given ?? '' });
  return server instanceof Error ? undefined : () => server?.stop() ?? Promise.resolve();
}

/** An error where it does not start and tests may be skipped. */
async function start(): Promise<TestServer | Error> {
  try {
    return await startServer({ within: folderInMemory() });
  } catch (error) {
    if (skipsForbidden()) throw error;
    return error as Error;
  }
}
