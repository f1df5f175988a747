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

test('a plugin is disabled after a look at the effects, and enabled again', async () => {
  const site = await open();
  const state = async () => (await site.jobs.plugins.list()).find(({ name }) => name === 'post')?.state;
  const { page } = await site.open(browser, 'admin', '/plugins');
  await page.getByRole('link', { name: 'Disable' }).click();
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByText('Plugin disabled').waitFor();
  expect(await state()).toBe('off');
  await page.goto(`${site.url}/plugins`);
  await page.getByRole('link', { name: 'Enable' }).click();
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect.poll(state, SOON).toBe('on');
});

test('a plugin is paused and resumed on its page', async () => {
  const site = await open();
  const { page } = await site.open(browser, 'admin', '/plugin/post');
  await page.locator('main summary', { hasText: 'Pause post' }).click();
  await page.getByRole('button', { name: 'Until resumed' }).click();
  await page.getByText('Queue post is paused.').waitFor();
  expect(await site.jobs.pauses.list()).toMatchObject([{ until: null, reason: null }]);
  const id = await site.add({ to: 'Ada' });
  await expect.poll(() => site.status(id), SOON).toBe('parked');
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect.poll(() => site.status(id), SOON).toBe('completed');
});

test("a plugin's settings are changed, and an error is shown at its field", async () => {
  const site = await open();
  const config = async () => (await site.jobs.plugins.list()).find(({ name }) => name === 'post')?.config;
  const { page } = await site.open(browser, 'admin', '/plugin/post');
  await page.getByLabel(/^Stamps/).fill('-3');
  await page.getByRole('button', { name: 'Save and restart plugin' }).last().click();
  await page.locator('main input:invalid').waitFor();
  expect(await config()).toMatchObject({ stamps: 12 });
  await page.getByLabel(/^Stamps/).fill('20');
  await page.getByRole('button', { name: 'Save and restart plugin' }).last().click();
  await expect.poll(config, SOON).toMatchObject({ stamps: 20 });
});

test("a panel's button runs after its question, and the panel shows the result", async () => {
  const site = await open();
  const { page } = await site.open(browser, 'admin', '/panels/post/box');
  await page.getByText('Emptied 0 times.').waitFor();
  await page.locator('main summary', { hasText: 'Empty the box' }).click();
  await page.getByText('Take all letters out?').waitFor();
  await page.getByRole('button', { name: 'Yes, empty the box' }).click();
  await page.getByText('Emptied 1 times.').waitFor();
});
