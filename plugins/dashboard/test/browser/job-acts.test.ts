// Actions on jobs, clicked in a real browser.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

const HOUR = 3_600_000;

const open = async () => openDashboard(await temporaryFolder());

test('a failed job is retried with its button, and the page says who did it', async () => {
  const site = await open();
  const id = await site.add({ to: 'Bob', fail: 'no such street' });
  const { page, errors } = await site.open(browser, 'admin', `/job/${id}`);
  await page.getByText('no such street').first().waitFor();
  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  await page.getByText('Retried manually, by admin').waitFor();
  expect(await site.putBack(id)).toBe(1);
  expect(errors).toEqual([]);
});

test('a failed job is retried with other data and succeeds; invalid JSON is reported and kept, and leaving asks first', async () => {
  const site = await open();
  const id = await site.add({ to: 'Bob', fail: 'no such street' });
  const { page } = await site.open(browser, 'admin', `/job/${id}`);
  await page.locator('main summary', { hasText: 'More' }).click();
  await page.getByRole('link', { name: 'Edit data and retry' }).click();
  await page.getByRole('button', { name: 'Edit as JSON' }).click();
  const data = page.getByLabel('As JSON');
  await data.fill('{ "to": "Bob"');
  await page.getByRole('button', { name: 'Retry with this data' }).last().click();
  await page.getByRole('alert').getByText('JSON is incomplete').waitFor();
  expect((await data.inputValue()).trim()).toBe('{ "to": "Bob"');
  await data.fill('{ "to": "Bob" }');
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await page.locator('[name="data/to"]').fill('Bobby');
  // Leaving now would lose it.
  const asked = page.waitForEvent('dialog').then((dialog) => dialog.dismiss());
  await Promise.all([asked, page.locator('.brand').click({ noWaitAfter: true })]);
  await page.getByRole('button', { name: 'Retry with this data' }).last().click();
  await expect.poll(() => site.status(id), SOON).toBe('completed');
  expect((await site.jobs.getJobStatus(id))?.data).toEqual({ to: 'Bobby' });
});

test('a delayed job runs at once with its button', async () => {
  const site = await open();
  const id = await site.add({ to: 'Dan' }, { delay: HOUR });
  const { page } = await site.open(browser, 'admin', `/job/${id}`);
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.locator('main').getByText('completed').first().waitFor();
  expect(await site.status(id)).toBe('completed');
});

test('a running job is cancelled with its button, after a question', async () => {
  const site = await open();
  const id = await site.add({ to: 'Cleo', wait: true });
  await expect.poll(() => site.status(id), SOON).toBe('processing');
  const { page } = await site.open(browser, 'admin', `/job/${id}`);
  await page.locator('main summary', { hasText: 'Cancel' }).click();
  await page.getByText('The job is running and will be asked to stop.').waitFor();
  expect(await site.status(id)).toBe('processing');
  await page.getByRole('button', { name: 'Yes, cancel' }).click();
  await page.locator('main').getByText('cancelled').first().waitFor();
  expect(await site.status(id)).toBe('cancelled');
});
