// Finding and following with the script: the palette, the brush over the last hour, and new jobs that come in by themselves.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

const open = async () => openDashboard(await temporaryFolder(), 0, { plugins: { metrics: true } });

test('Ctrl-K leads to pages and actions by the keyboard alone', async () => {
  const site = await open();
  const { page, errors } = await site.open(browser, 'operator');
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Go to' });
  await dialog.getByRole('searchbox').waitFor();
  await page.keyboard.type('add letter');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/add\?type=letter$/);
  await page.keyboard.press('Control+k');
  await dialog.getByRole('searchbox').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/schedules$/);
  expect(errors).toEqual([]);
});

test('drawing over the last hour lists the jobs that ended then', async () => {
  const site = await open();
  const id = await site.add({ to: 'Ada' });
  await expect.poll(() => site.status(id), SOON).toBe('completed');
  await site.add({ to: 'Bob' }, { delay: 3_600_000 });
  const { page } = await site.open(browser, 'viewer');
  const parts = page.locator('[data-brush] a');
  await parts.last().waitFor();
  const [from, to] = [await parts.nth(5).boundingBox(), await parts.last().boundingBox()];
  await page.mouse.move((from?.x ?? 0) + 5, (from?.y ?? 0) + 10);
  await page.mouse.down();
  await page.mouse.move((to?.x ?? 0) + 1, (to?.y ?? 0) + 10, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/by=ended/);
  await expect.poll(() => page.locator('main tr[data-key]').count(), SOON).toBe(1);
  expect(await page.locator('[data-brush] a[aria-current]').count()).toBeGreaterThan(3);
});

test('followed rows come in by themselves, until the reader ticks one or scrolls', async () => {
  const site = await open();
  const many = (to: string) => Promise.all(Array.from({ length: 40 }, (_, i) => site.add({ to: `${to} ${i}` })));
  await many('Old');
  const { page, errors } = await site.open(browser, 'operator');
  const shows = (text: string) =>
    expect.poll(() => page.locator('main .what').first().textContent(), SOON).toMatch(text);
  await page.getByRole('button', { name: 'Follow' }).click();
  await page.mouse.move(1, 1);
  await site.add({ to: 'Cleo' });
  await shows('Cleo');
  await page.locator('main tbody input[type=checkbox]').first().check();
  await page.mouse.move(1, 1);
  await site.add({ to: 'Dan' });
  await page.getByRole('link', { name: '1 new job' }).waitFor();
  await page.locator('main tbody input[type=checkbox]').first().uncheck();
  await page.mouse.move(1, 1);
  await page.mouse.wheel(0, 500);
  await expect.poll(() => page.locator('#follow').getAttribute('aria-pressed'), SOON).toBe('false');
  expect(errors).toEqual([]);
});
