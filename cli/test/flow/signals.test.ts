// The end of a process, and the start of the next one on the same database: real children, real signals.
import { createJobs, type JobsHost } from '@phraseworks/jobs';
import { beforeEach, expect, test } from 'vitest';
import { type Child, startChild } from '../../../test/support/child.ts';
import { jobRows, sharedDatabase } from '../../../test/support/database.ts';
import { work } from '../../../test/support/work-plugin.ts';

// Any that is free: the same tests run on both engines at once.
const PORT = '0';

let database: string;
beforeEach(async () => {
  database = await sharedDatabase();
});

const orders = () => ({ database, queue: { maxConcurrentJobs: 1 } });
const start = (settings: object = orders()): Child => startChild('../../cli/test/site-child.ts', settings, { PORT });

/** From this process, which runs no jobs. */
async function add(...types: [type: string, data: unknown][]): Promise<string[]> {
  const jobs: JobsHost = await createJobs({ database, plugins: { work: { use: work } }, logLevel: 'silent' });
  const added = await jobs.addJobs(types.map(([type, data]) => ({ type, data })));
  await jobs.stop();
  return added.map(({ id }) => id);
}

test('SIGTERM lets the running job finish, claims no new one and exits with 0, however often it is sent at once', async () => {
  const [taken, waiting] = await add(['take', { ms: 300 }], ['take', { ms: 300 }]);
  const child = start();
  await child.line(`running ${taken}`);
  for (let n = 0; n < 5; n += 1) child.signal('SIGTERM');
  expect(await child.over).toBe(0);
  expect(await jobRows(database)).toMatchObject([
    { id: taken, state: 'completed', attempt: 1 },
    { id: waiting, state: 'ready', attempt: 0 },
  ]);
});

test('a job that would take too long is aborted and released, without using up an attempt', async () => {
  const [id] = await add(['hold', {}]);
  const child = startChild('host-child.ts', { ...orders(), drain: 200 });
  await child.line(`running ${id}`);
  child.signal('SIGTERM');
  expect(await child.line(`aborted ${id}`)).toBe('shutdown');
  expect(await child.over).toBe(0);
  expect(await jobRows(database)).toMatchObject([{ id, state: 'ready', attempt: 0, crashes: 0, reason: null }]);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)(
  'a second %s stops at once with %i, and the job is released without a retry or a crash',
  async (signal, code) => {
    const [id] = await add(['hold', {}]);
    const child = start();
    await child.line(`running ${id}`);
    child.signal(signal);
    await child.line('Stopping:');
    // Signals within a tenth of a second count as one.
    const again = setInterval(() => child.signal(signal), 110);
    expect(await child.over).toBe(code);
    clearInterval(again);
    expect(child.lines.join('\n')).toContain('Stopped immediately');
    expect(await jobRows(database)).toMatchObject([{ id, state: 'ready', attempt: 0, crashes: 0 }]);
  },
);
