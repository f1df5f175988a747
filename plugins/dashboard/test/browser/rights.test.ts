// Users with limited rights: no button that would be refused, and pages that work without a script.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

async function open() {
  const site = await openDashboard(await temporaryFolder());
  const failed = await site.add({ to: 'Ada', fail: 'torn' });
  await expect.poll(() => site.status(failed), SOON).toBe('failed');
  return { ...site, failed };
}

const pagesOf = (failed: string): string[] => [
  '',
  `/job/${failed}`,
  '/schedules',
  '/schedule/post/round',
  '/plugins',
  '/plugin/post',
  '/panels/post/box',
];

test('a user who may only view sees every page and no buttons that act', async () => {
  const site = await open();
  for (const path of pagesOf(site.failed)) {
    const { page, context, errors } = await site.open(browser, 'viewer', path);
    await page.locator('main h1').first().waitFor({ state: 'attached' });
    expect([path, await page.locator('form[method=post]').count()]).toEqual([path, 0]);
    expect([path, await page.getByRole('link', { name: /^(add|edit|retry|switch)\b/i }).count()]).toEqual([path, 0]);
    expect([path, errors]).toEqual([path, []]);
    await context.close();
  }
});

test('without a script pages can be read, and plain forms work', async () => {
  const site = await open();
  const { page } = await site.open(browser, 'operator', `/job/${site.failed}`, { javaScript: false });
  await page.getByText('torn').first().waitFor();
  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  await page.waitForURL(/notice=job.retry/);
  expect(await site.putBack(site.failed)).toBe(1);
});
