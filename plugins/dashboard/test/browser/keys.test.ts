// The dashboard without a mouse: / j k enter r x ? and the list of keys.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

async function openList() {
  const site = await openDashboard(await temporaryFolder());
  const failed = await site.add({ to: 'Ada', fail: 'torn' });
  await expect.poll(() => site.status(failed), SOON).toBe('failed');
  const waiting = await site.add({ to: 'Bob' }, { delay: 3_600_000 });
  const { page, errors } = await site.open(browser, 'operator');
  const focused = () => page.evaluate('document.activeElement?.textContent');
  return { site, page, errors, focused, failed, waiting };
}

test('/ focuses the search, which finds jobs and takes letters as text', async () => {
  const { page, waiting } = await openList();
  await page.keyboard.press('/');
  await page.keyboard.type('data.to:bob xjkr?');
  expect(await page.locator('#search').inputValue()).toBe('data.to:bob xjkr?');
  await page.locator('#search').fill('data.to:bob');
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=data/);
  expect(await page.locator('main tbody tr').count()).toBe(1);
  expect(await page.locator('main tbody tr').getAttribute('data-key')).toBe(waiting);
});

test('r retries the focused row, x cancels it after a question, and other rows are unchanged', async () => {
  const { site, page, errors, failed, waiting } = await openList();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await expect.poll(() => site.putBack(failed), SOON).toBe(1);
  expect(await site.status(waiting)).toBe('pending');

  await page.keyboard.press('k');
  await page.keyboard.press('x');
  await page.locator('dialog[open]').getByText('Letter to Bob').waitFor();
  await page.keyboard.press('Escape');
  expect(await site.status(waiting)).toBe('pending');
  await page.keyboard.press('x');
  await page.locator('dialog[open] button[value=yes]').click();
  await expect.poll(() => site.status(waiting), SOON).toBe('cancelled');
  expect(errors).toEqual([]);
});

test('the same keys act on the job whose page is open', async () => {
  const { site, page, failed } = await openList();
  await page.goto(`${site.url}/job/${failed}`);
  await page.keyboard.press('r');
  await expect.poll(() => site.putBack(failed), SOON).toBe(1);
});

test('? lists the keys, and escape closes the list', async () => {
  const { page } = await openList();
  await page.keyboard.press('?');
  const list = page.locator('dialog#keys[open]');
  await list.waitFor();
  for (const key of ['/', 'j', 'k', 'Enter', 'r', 'x', '?']) {
    expect(await list.locator('kbd', { hasText: key }).count()).toBeGreaterThan(0);
  }
  await page.keyboard.press('Escape');
  await list.waitFor({ state: 'hidden' });
});

test('enter on the checkbox of a selected row does nothing: only a button acts', async () => {
  const { site, page, errors } = await openList();
  const running = await site.add({ to: 'Cleo', wait: true });
  await expect.poll(() => site.status(running), SOON).toBe('processing');
  await page.goto(`${site.url}?status=processing`);
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
