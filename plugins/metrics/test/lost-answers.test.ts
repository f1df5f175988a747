// Figures over time while answers to commits are lost and the server is killed at a COMMIT: each job is counted once.
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from '../../../test/server/binaries.ts';
import { skipWhere } from '../../../test/server/missing.ts';
import { proxyOfTest, serverOfTest } from '../../../test/server/rig.ts';
import { siteOfTest } from '../../../test/server/site.ts';
import metrics from '../src/index.ts';

vi.setConfig({ testTimeout: 180_000 });

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

/** A site behind a bad network. `atCommit` is called when the server has told it that something is stored, and before that is cut off. */
async function stand(atCommit: () => void) {
  const server = await serverOfTest();
  const proxy = await proxyOfTest(
    () => server.port,
    () => {
      atCommit();
      return 0;
    },
  );
  const url = server.url.replace(String(server.port), String(proxy.port));
  const plugins = { metrics: { use: metrics } };
  const { jobs } = await siteOfTest(url, { roles: ['web'], authorize: () => ({ user: 'prometheus' }), plugins });
  const add = (n: number) => jobs.addJobs(Array.from({ length: n }, () => ({ type: 't', data: {} })));
  /** Writes pending counts, and returns how many jobs were added overall; undefined while the database is unavailable. */
  const scrape = async (): Promise<number | undefined> => {
    const answer = await jobs.routes.request('/metrics');
    const [, added] = (await answer.text()).match(/^phraseworks_jobs_added_total\{type="t"\} (\d+)$/m) ?? [];
    return added === undefined ? undefined : Number(added);
  };
  return { server, proxy, add, scrape };
}

test('if answers to commits are lost, it looks up whether the counts were stored', async () => {
  const { proxy, add, scrape } = await stand(() => {});
  for (let round = 1; round <= 3; round += 1) {
    await add(3);
    await proxy.become({ kind: 'swallow', chance: 1 });
    expect(await scrape()).toBe(3 * round);
    await proxy.become({ kind: 'pass' });
  }
  expect(proxy.swallowed).toBeGreaterThanOrEqual(3);
});

test('counts whose COMMIT met a killed server are stored once after its return', async () => {
  let atCommit = (): void => {};
  const { server, proxy, add, scrape } = await stand(() => atCommit());
  for (let round = 1; round <= 2; round += 1) {
    await add(5);
    let killed: Promise<void> | undefined;
    atCommit = () => {
      // Cut off first, so that the outcome cannot be asked for before the server is gone.
      void proxy.become({ kind: 'refuse' });
      killed ??= server.kill('SIGKILL');
    };
    await proxy.become({ kind: 'swallow', chance: 1 });
    expect(await scrape()).toBeUndefined();
    expect(killed).toBeDefined();
    await killed;
    await server.restart();
    await proxy.become({ kind: 'pass' });
    await expect.poll(scrape, { timeout: 90_000, interval: 500 }).toBe(5 * round);
  }
});
