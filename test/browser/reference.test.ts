// The description of the API in a real browser: requests are sent from it, with the rights of whoever reads it.
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { SOON, useChromium } from './browser.ts';
import { openDashboard, type Person } from './dashboard-site.ts';

const browser = useChromium();

async function open(person: Person, hash = '', look = {}) {
  const site = await openDashboard(await temporaryFolder());
  const { page, errors } = await site.open(browser, person, `/api/docs${hash}`, look);
  /** Opens the form of an operation, fills it in and sends it; what is shown then. */
  const send = async (id: string, fields: Record<string, string> = {}) => {
    const article = page.locator('article', { has: page.locator(`#${id}`) });
    if ((await article.locator('details').first().getAttribute('open')) === null)
      await article.locator('summary').first().click();
    const button = article.getByRole('button', { name: 'Try it' });
    if (await button.isVisible()) await button.click();
    for (const [name, value] of Object.entries(fields)) await article.locator(`[name="${name}"]`).fill(value);
    await article.getByRole('button', { name: 'Send' }).click();
    await article.locator('.answer .status').waitFor();
    return article.locator('.answer');
  };
  return { ...site, page, errors, send };
}

test('a read shows status, headers, time and body', async () => {
  const { send, add, errors } = await open('viewer');
  const id = await add({ to: 'Ada' });
  const answer = await send('getJob', { 'path.id': id });
  expect(await answer.textContent()).toMatch(/GET \/jobs\/api\/jobs\/[\w-]{36}200 .*in \d+ ms, \d+ bytes/);
  expect(await answer.locator('details pre').textContent()).toContain('content-type: application/json');
  expect(await answer.locator('pre').last().textContent()).toContain('"to": "Ada"');
  expect(errors).toEqual([]);
});

test('a write sends the example, and has been done', async () => {
  const { send, jobs } = await open('admin', '#addJobs');
  const answer = await send('addJobs');
  expect(await answer.locator('.status').textContent()).toContain('201');
  await expect.poll(async () => (await jobs.listJobs({ type: 'letter' })).jobs.length, SOON).toBe(1);
});

test('what the reader may not do is refused, and shown as the problem that it is', async () => {
  const { send, jobs } = await open('viewer');
  const answer = await send('pauseSchedule', { 'path.name': 'post/round' });
  expect(await answer.textContent()).toMatch(/post%2Fround\/pause.*403.*FORBIDDEN/s);
  expect((await jobs.schedules.list())[0]?.paused).toBe(false);
});

test('only those parameters are sent that were given, and a token goes along', async () => {
  const { send, page } = await open('viewer');
  await page.getByLabel('Bearer token').fill('abc');
  const asked = page.waitForRequest(/\/api\/jobs\?/);
  await send('listJobs', { 'query.type': 'e mail', 'query.limit': '5' });
  const request = await asked;
  expect(new URL(request.url()).search).toBe('?type=e+mail&limit=5');
  expect(await request.headerValue('authorization')).toBe('Bearer abc');
});

test('markup in an answer stays text', async () => {
  const { send, add } = await open('viewer');
  const id = await add({ to: '<img src=x onerror=alert(1)>' });
  const answer = await send('getJob', { 'path.id': id });
  expect(await answer.textContent()).toContain('<img src=x');
  expect(await answer.locator('img').count()).toBe(0);
});

test('without a script all of it can be read, and nothing is wider than a small screen', async () => {
  const { page } = await open('viewer', '', { javaScript: false, width: 360 });
  await page.locator('#changeSchedule').click();
  expect(await page.locator('article', { has: page.locator('#changeSchedule') }).textContent()).toMatch(
    /ScheduleChange.*timezone.*Example.*curl -X PUT/s,
  );
  expect(await page.getByRole('button').count()).toBe(0);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
});
