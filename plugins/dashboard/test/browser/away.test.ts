// The dashboard while things happen: pages follow the jobs, say when the server is away, and are right when it is back.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

test('the list shows jobs that come and end, without moving what is read or chosen', async () => {
  const site = await openDashboard(await temporaryFolder());
  const first = await site.add({ to: 'Ada' }, { delay: 3_600_000 });
  const { page, errors } = await site.open(browser, 'operator');
  await page.locator('#live-mark[data-state=live]').waitFor();
  await page.getByLabel('Select Letter to Ada').check();
  await page.getByRole('link', { name: 'Letter to Ada' }).focus();
  await site.add({ to: 'Bob' });
  await page.locator('main tr', { hasText: 'Letter to Bob' }).getByText('completed').waitFor();
  expect(await page.getByLabel('Select Letter to Ada').isChecked()).toBe(true);
  expect(await page.evaluate('document.activeElement?.textContent')).toBe('Letter to Ada');
  await site.jobs.runJob(first);
  await page.locator('main tr', { hasText: 'Letter to Ada' }).getByText('completed').waitFor();
  expect(errors).toEqual([]);
});

test('the page of a job shows its progress and its end', async () => {
  const site = await openDashboard(await temporaryFolder());
  const id = await site.add({ to: 'Cleo', wait: true });
  const { page } = await site.open(browser, 'viewer', `/job/${id}`);
  await page.locator('main').getByText('on its way').first().waitFor();
  await site.jobs.cancelJob(id);
  await page.locator('main').getByText('cancelled').first().waitFor();
});

test('while the server is away the page says that it reconnects and stays; then it is live and shows what happened', async () => {
  const folder = await temporaryFolder();
  const first = await openDashboard(folder);
  await first.add({ to: 'Ada' }, { delay: 3_600_000 });
  const { page } = await first.open(browser, 'viewer');
  await page.locator('#live-mark[data-state=live]').waitFor();
  await first.stop();
  await page.locator('#live-mark[data-state=reconnecting]').waitFor();
  await page.getByText('Letter to Ada').waitFor();
  const second = await openDashboard(folder, first.port);
  await second.add({ to: 'Bob' });
  await page.locator('#live-mark[data-state=live]').waitFor();
  await page.locator('main tr', { hasText: 'Letter to Bob' }).getByText('completed').waitFor();
});

test('a button that is pressed while the server is away does not say that it worked', async () => {
  const folder = await temporaryFolder();
  const site = await openDashboard(folder);
  const id = await site.add({ to: 'Ada', fail: 'torn' });
  await expect.poll(() => site.status(id), SOON).toBe('failed');
  const { page } = await site.open(browser, 'operator', `/job/${id}`);
  await site.stop();
  const failed = page.waitForEvent('requestfailed', (request) => request.isNavigationRequest());
  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  await failed;
  expect(await page.getByText('put back').count()).toBe(0);
  const again = await openDashboard(folder, site.port);
  expect(await again.putBack(id)).toBe(0);
});

test('paused, the page stays as it is; resumed, it shows what happened', async () => {
  const site = await openDashboard(await temporaryFolder());
  await site.add({ to: 'Ada' });
  const { page } = await site.open(browser, 'viewer');
  await page.locator('#live-mark[data-state=live]').click();
  await page.locator('#live-mark[data-state=paused]').waitFor();
  const id = await site.add({ to: 'Bob' });
  await expect.poll(() => site.status(id), SOON).toBe('completed');
  expect(await page.getByText('Letter to Bob').count()).toBe(0);
  await page.locator('#live-mark').click();
  await page.locator('main tr', { hasText: 'Letter to Bob' }).getByText('completed').waitFor();
});
