// Many jobs at once, and new ones: the list's boxes, all that match, pauses, and the form that adds a job.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

const HOUR = 3_600_000;

const open = async () => openDashboard(await temporaryFolder());

test('all jobs of one cause are retried from the list, except cancelled ones', async () => {
  const site = await open();
  const failed = [await site.add({ to: 'One', fail: 'torn' }), await site.add({ to: 'Two', fail: 'torn' })];
  const cancelled = await site.add({ to: 'Three', fail: 'torn' }, { delay: HOUR });
  await expect.poll(() => Promise.all(failed.map(site.status)), SOON).toEqual(['failed', 'failed']);
  await site.jobs.cancelJob(cancelled);
  const { page } = await site.open(browser, 'operator');
  await page.getByRole('link', { name: 'Failed 2' }).click();
  await page.getByLabel('Causes').getByRole('link', { name: 'Retry' }).click();
  await page.getByText('Retry 2 failed jobs?').waitFor();
  await page.getByRole('button', { name: 'Yes, retry' }).click();
  await page.getByText('2 of 2 jobs').waitFor();
  expect(await Promise.all([...failed, cancelled].map(site.putBack))).toEqual([1, 1, 0]);
});

test('deleting more than 100 jobs requires a typed word, after their number in each state', async () => {
  const site = await open();
  const letter = (to: string) => ({ type: 'letter', data: { to }, delay: HOUR });
  const jobs = await site.jobs.addJobs(Array.from({ length: 103 }, (_, i) => letter(`Ada ${i}`)));
  await site.jobs.addJob(letter('Bob'));
  for (const { id } of jobs.slice(0, 3)) await site.jobs.cancelJob(id);
  const { page } = await site.open(browser, 'operator', '?q=data.to:ada');
  await page.locator('summary', { hasText: 'Actions' }).click();
  await page.locator('.menu').getByRole('link', { name: 'Delete' }).click();
  await page.getByText('Delete 103 jobs?').waitFor();
  await page.getByText('3 cancelled, 100 pending.').waitFor();
  const yes = page.getByRole('button', { name: 'Yes, delete' });
  await yes.click();
  await page.getByText('Nothing changed: type "delete" to confirm.').waitFor();
  await page.locator('[name=typed]').fill('delete');
  expect((await site.jobs.listJobs({ limit: 200 })).jobs).toHaveLength(104);
  await yes.click();
  await page.getByText('103 of 103 jobs').waitFor();
  const left = (await site.jobs.listJobs({ limit: 200 })).jobs.filter(({ type }) => type === 'letter');
  expect(left.map(({ data }) => data.to)).toEqual(['Bob']);
});

test('back from a job leads to the same rows, with the same one focused, whatever came meanwhile', async () => {
  const site = await open();
  const letters = (n: number) =>
    site.jobs.addJobs(Array.from({ length: n }, () => ({ type: 'letter', data: { to: 'Ada' }, delay: HOUR })));
  await letters(60);
  const { page, errors } = await site.open(browser, 'operator');
  const rows = async () =>
    page.evaluate(`[...document.querySelectorAll('tr[data-key]')].map(({ dataset }) => dataset.key)`);
  const before = await rows();
  const link = page.locator('table.jobs .what a').nth(20);
  const focused = await link.getAttribute('href');
  await link.focus();
  await page.keyboard.press('Enter');
  await page.locator('article.job').waitFor();
  await letters(60);
  await page.goBack();
  await expect.poll(rows, SOON).toEqual(before);
  await expect.poll(() => page.evaluate(`document.activeElement.getAttribute('href')`), SOON).toBe(focused);
  expect(errors).toEqual([]);
});

test('a type is paused from a job, for a time and with a reason visible to all', async () => {
  const site = await open();
  const id = await site.add({ to: 'Ada' }, { delay: HOUR });
  const { page } = await site.open(browser, 'operator', `/job/${id}`);
  await page.locator('main summary', { hasText: 'More' }).click();
  await page.locator('main summary', { hasText: 'Pause letter' }).click();
  await page.getByLabel('Reason').fill('The printer is broken.');
  await page.getByRole('button', { name: '1 hour' }).click();
  await page.locator('.why-box').getByText('The printer is broken.').first().waitFor();
  expect(await site.jobs.pauses.list()).toMatchObject([{ name: 'letter', reason: 'The printer is broken.' }]);
  const seen = await site.open(browser, 'viewer');
  await seen.page.getByLabel('Paused').getByText('letter is paused: The printer is broken.').waitFor();
  await seen.page.getByLabel('Paused').getByText('resumes in 1 h').waitFor();
});

test('enter on the checkbox of a selected row does nothing: only a button acts', async () => {
  const site = await open();
  const running = await site.add({ to: 'Cleo', wait: true });
  await expect.poll(() => site.status(running), SOON).toBe('processing');
  const { page, errors } = await site.open(browser, 'operator', '?status=processing');
  await page.locator('main tbody input[type=checkbox]').focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  // A click that is made after it is answered after it.
  await page.locator('#chosen summary', { hasText: 'Cancel' }).click();
  await page.getByText('Running jobs will be asked to stop.').waitFor();
  expect(await site.status(running)).toBe('processing');
  expect(await page.locator('#notice').textContent()).toBe('');
  await page.getByRole('button', { name: 'Yes, cancel' }).click();
  await expect.poll(() => site.status(running), SOON).toBe('cancelled');
  expect(errors).toEqual([]);
});
