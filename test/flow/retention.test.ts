// How long finished jobs are kept: by how they ended and by type, of which the type's word counts before the site's.
import { createTestJobs, type TestJobs, type TestOptions } from '@phraseworks/testing';
import { afterEach, expect, test } from 'vitest';

let jobs: TestJobs;
afterEach(() => jobs.stop());

const [HOUR, DAY] = [3_600_000, 86_400_000];

/** One job of each end, by its type and state. */
async function open(options: TestOptions, types: Record<string, object>): Promise<Map<string, string>> {
  // At the usual intervals, simulated days take minutes where each statement is a round trip.
  jobs = await createTestJobs({
    ...options,
    queue: { sweepInterval: DAY, cleanupInterval: 2 * HOUR, pollInterval: DAY, ...options.queue },
  });
  const added = new Map<string, string>();
  for (const [type, more] of Object.entries(types)) {
    const run = async ({ ends }: { ends: string }) => {
      if (ends === 'failed') throw new Error('no');
    };
    jobs.registerProcessor(type, run, { maxRetries: 0, ...more } as never);
    for (const ends of ['completed', 'failed', 'cancelled']) {
      const delay = ends === 'cancelled' ? { delay: HOUR } : {};
      const { id } = await jobs.addJob({ type, data: { ends }, ...delay });
      if (ends === 'cancelled') await jobs.cancelJob(id);
      added.set(`${type} ${ends}`, id);
    }
  }
  await jobs.idle();
  return added;
}

async function left(added: ReadonlyMap<string, string>): Promise<string[]> {
  const there: string[] = [];
  for (const [name, id] of added) if (await jobs.getJobStatus(id)) there.push(name);
  return there;
}

test('jobs are kept by how they ended, and as their type says', async () => {
  const site = { queue: { retention: { completed: '6h', failed: false as const } } };
  const processors = { own: { retention: { failed: '12h' } } };
  const added = await open(
    { ...site, processors },
    { plain: {}, own: { retention: { completed: 'forever', failed: '1 week' } } },
  );
  await jobs.advance(9 * HOUR);
  expect(await left(added)).toEqual([
    'plain failed',
    'plain cancelled',
    'own completed',
    'own failed',
    'own cancelled',
  ]);
  await jobs.advance(6 * HOUR);
  expect(await left(added)).toEqual(['plain failed', 'plain cancelled', 'own completed', 'own cancelled']);
  await jobs.advance(12 * HOUR);
  expect(await left(added)).toEqual(['plain failed', 'own completed']);
  const types = (await (await jobs.request('/api/types')).json()) as { types: { type: string; retention: object }[] };
  const shown = types.types.filter(({ type }) => type !== 'jobs.bulk');
  expect(shown.map(({ type, retention }) => [type, retention])).toEqual([
    ['own', { completed: null, failed: 12 * HOUR, cancelled: DAY }],
    ['plain', { completed: 6 * HOUR, failed: null, cancelled: DAY }],
  ]);
});

test('the time counts from the end, so a job that was retried by hand is kept as long as a new one', async () => {
  const added = await open({ queue: { retention: { failed: '1d' } } }, { t: {} });
  const id = added.get('t failed') ?? '';
  await jobs.advance(20 * HOUR);
  await jobs.retryJob(id);
  await jobs.advance(20 * HOUR);
  expect(await left(added)).toEqual(['t failed']);
  await jobs.advance(8 * HOUR);
  expect(await left(added)).toEqual([]);
});

test('wrong times are refused with their field', async () => {
  await open({}, {});
  const registered = (options: object) => {
    try {
      jobs.registerProcessor('wrong', () => {}, options as never);
      return [];
    } catch (error) {
      return (error as { errors: { path: string }[] }).errors.map(({ path }) => path);
    }
  };
  expect(registered({ retention: { failed: '3 months', done: 5 } })).toEqual(['retention.failed', 'retention.done']);
  expect(registered({ retention: '1d' })).toEqual(['retention']);
  const config = { queue: { retention: { failed: 'never' } }, processors: { t: { expires: 'soon' } } };
  await expect(createTestJobs(config)).rejects.toMatchObject({
    errors: [{ path: 'queue.retention.failed' }, { path: 'processors.t.expires' }],
  });
});
