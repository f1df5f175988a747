// What a viewer can ask for is limited: few pages are made at once, and those that run out of time are not finished.

import { definePlugin, Pages } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

/** Pages that stay open until they are released. */
const slow = () => {
  const open: (() => void)[] = [];
  let most = 0;
  let isFree = false;
  const plugin = definePlugin({
    name: 'slow',
    needs: { pages: Pages },
    init({ needs: { pages } }) {
      pages.get('/slow', async (c) => {
        if (!isFree)
          await new Promise<void>((resolve) => {
            open.push(resolve);
            most = Math.max(most, open.length);
          });
        return c.text('made');
      });
    },
  });
  const free = () => {
    isFree = true;
    for (const end of open.splice(0)) end();
  };
  return { plugin, open, free, most: () => most };
};

test('one user waits for their own pages, not for those of others, and too many are refused with the time to try again', async () => {
  const { plugin, open, free, most } = slow();
  await using jobs = await createTestJobs({
    plugins: { slow: { use: plugin } },
    authorize: (c) => ({ user: c.req.header('x-user') ?? 'nobody' }),
  });
  const get = (user: string) => jobs.request('/slow', { headers: { 'x-user': user } });
  const anns = Array.from({ length: 60 }, () => get('ann'));
  const refused = await Promise.race(anns);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await jobs.request('/health')).status).toBe(200);
  const bobs = get('bob');
  await expect.poll(() => open.length).toBe(3);
  open.pop()?.();
  expect(await (await bobs).text()).toBe('made');
  expect(most()).toBe(3);
  free();
  const answers = await Promise.all(anns);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(52);
});

test('a page that ran out of time makes no more requests', async () => {
  let asked = 0;
  let go = (): void => {};
  const plugin = definePlugin({
    name: 'slow',
    needs: { pages: Pages },
    init({ needs: { pages }, request }) {
      pages.get('/slow', async (c) => {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        const { status } = await request('/api/jobs');
        asked = status;
        return c.text('made');
      });
    },
  });
  await using jobs = await createTestJobs({ plugins: { slow: { use: plugin } } });
  const answer = jobs.request('/slow');
  const before = go;
  await expect.poll(() => go !== before).toBe(true);
  await jobs.advance(15_000);
  expect((await answer).status).toBe(503);
  go();
  await expect.poll(() => asked).toBe(503);
});
