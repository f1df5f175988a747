// How much of the time the updates of open pages may take.
import { expect, test } from 'vitest';
import { createShare } from './send.ts';

test('updates of many pages take a third of the time, and those of a few are all made', async () => {
  let now = 0;
  const share = createShare(() => now);
  const update = () =>
    share(async () => {
      now += 40;
      return 'page';
    });
  const madeIn = async (pages: number): Promise<number> => {
    let made = 0;
    for (const end = now + 60_000; now < end; now += 2_000 / pages) if ((await update()) === 'page') made += 1;
    return made * 40;
  };
  expect(await madeIn(2)).toBeGreaterThan(2 * 40 * 28);
  expect(await madeIn(200)).toBeLessThan(60_000 / 3 + 3_000);
});

test('updates at the same time count once, and one that fails as any other', async () => {
  let now = 0;
  const share = createShare(() => now);
  let resolve = (_page: string): void => {};
  const page = new Promise<string>((done) => {
    resolve = done;
  });
  const both = [share(() => page), share(() => page)];
  now += 2_500;
  resolve('page');
  expect(await Promise.all(both)).toEqual(['page', 'page']);
  now += 3_000;
  await expect(share(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await share(async () => 'page')).toBe('page');
});
