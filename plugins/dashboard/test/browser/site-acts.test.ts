// Actions on schedules, plugins and panels, clicked in a real browser.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

const open = async () => openDashboard(await temporaryFolder());

test('a schedule is run, paused and resumed with its buttons', async () => {
  const site = await open();
  const { page, errors } = await site.open(browser, 'operator', '/schedules');
  const isPaused = async () => (await site.jobs.schedules.list())[0]?.paused;
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('status').getByRole('link', { name: 'View job' }).waitFor();
  await expect.poll(async () => (await site.jobs.listJobs()).jobs[0]?.status, SOON).toBe('completed');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  expect(await isPaused()).toBe(true);
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
  expect(await isPaused()).toBe(false);
  expect(errors).toEqual([]);
});

test('a schedule is created in the form, changed, and deleted after a question', async () => {
  const site = await open();
  const named = async () => (await site.jobs.schedules.list()).find(({ name }) => name === 'evening');
  const { page } = await site.open(browser, 'admin', '/schedules/new');
  await page.locator('[name=name]').fill('evening');
  await page.locator('[name=schedule]').fill('0 18 * * 1-5');
  await page.locator('[data-next] li').nth(4).waitFor();
  await page.locator('[name=type]').selectOption('letter');
  await page.locator('[name="data/to"]').fill('the night watch');
  await page.getByRole('button', { name: 'Create schedule' }).last().click();
  await page.waitForURL(/\/schedule\/evening/);
  expect(await named()).toMatchObject({ schedule: '0 18 * * 1-5', type: 'letter' });
  expect((await site.jobs.schedules.get('evening')).jobData.data).toEqual({ to: 'the night watch' });

  await page.locator('[name=schedule]').fill('0 19 * * 1-5');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect.poll(async () => (await named())?.schedule, SOON).toBe('0 19 * * 1-5');
  await page.getByRole('status').getByText('Schedule saved.').waitFor();
  // The saved value stays in the form; otherwise saving again would undo it.
  expect(await page.locator('[name=schedule]').inputValue()).toBe('0 19 * * 1-5');

  await page.locator('main summary', { hasText: 'Delete' }).click();
  await page.getByRole('button', { name: 'Yes, delete' }).click();
  await expect.poll(named, SOON).toBeUndefined();
});
