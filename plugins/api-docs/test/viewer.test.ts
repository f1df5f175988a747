// The viewer in a real browser, under the policy for pages: it sends requests with the rights of the user.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../test/browser/browser.ts';
import { openPostSite, type Person } from '../../../test/browser/post-site.ts';
import { temporaryFolder } from '../../../test/support/folder.ts';

const browser = useChromium();

async function open(person: Person, hash = '', look = {}) {
  const site = await openPostSite(await temporaryFolder(), 0, { plugins: { 'api-docs': true } });
  const visit = await site.open(browser, person, `/api/docs${hash}`, look);
  const { page } = visit;
  await page.locator('#errors').waitFor();
  /** Opens an operation, fills it in and sends it; what is shown then. */
  const send = async (operation: string, fields: Record<string, string> = {}) => {
    const block = page.locator(`[id^="operations-"][id$="-${operation}"]`);
    if (!(await block.getByRole('button', { name: 'Try it out' }).isVisible()))
      await block.locator('.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Try it out' }).click();
    for (const [name, value] of Object.entries(fields)) await block.getByPlaceholder(name, { exact: true }).fill(value);
    await block.getByRole('button', { name: 'Execute' }).click();
    const answer = block.locator('.live-responses-table .response');
    await answer.waitFor();
    return answer;
  };
  return { ...site, ...visit, send };
}

// On one page: it takes seconds to load.
test('a viewer is shown every address and error code, reads a job, whose markup stays text, and is refused an action with the problem', async () => {
  const { page, url, send, add, jobs, errors } = await open('viewer', '#QUEUE_FULL');
  const response = await page.request.get(`${url}/api/openapi.json`);
  const { paths, 'x-errors': codes } = (await response.json()) as { paths: object; 'x-errors': object };
  const shown = await page.locator('.opblock-summary-path').allTextContents();
  expect(new Set(shown.map((path) => path.replaceAll('\u200b', '')))).toEqual(new Set(Object.keys(paths)));
  expect(await page.locator('#errors tbody tr').count()).toBe(Object.keys(codes).length);
  expect(await page.locator('#QUEUE_FULL:target').textContent()).toMatch(/^QUEUE_FULL429/);
  await expect
    .poll(() => page.evaluate('document.querySelector("#QUEUE_FULL").getBoundingClientRect().top'), SOON)
    .toBeLessThan(800);
  const id = await add({ to: '<img src=x onerror=alert(1)>' });
  const answer = await send('getJob', { id });
  expect(await answer.locator('.response-col_status').textContent()).toContain('200');
  expect(await answer.textContent()).toContain('content-type: application/json');
  expect(await answer.textContent()).toContain('<img src=x');
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(errors).toEqual([]);
  expect(await (await send('pauseSchedule', { name: 'post/round' })).textContent()).toMatch(/403.*FORBIDDEN/s);
  expect((await jobs.schedules.list())[0]?.paused).toBe(false);
});

test('on a small dark screen a write takes effect, and nothing is too wide or loaded from elsewhere', async () => {
  const { page, url, send, jobs, errors } = await open('admin', '#/Jobs/addJobs', { width: 360, dark: true });
  const operation = page.locator('.opblock.is-open');
  await operation.locator('.opblock-section-request-body').waitFor();
  expect(await operation.textContent()).toMatch(/x-action\W*add/);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toMatch(
    /rgb\(\d\d, \d\d, \d\d\)/,
  );
  const answer = await send('addJobs');
  expect(await answer.locator('.response-col_status').textContent()).toContain('201');
  await expect.poll(async () => (await jobs.listJobs({ type: 'letter' })).jobs.length, SOON).toBe(1);
  const loaded = (await page.evaluate('performance.getEntriesByType("resource").map(({ name }) => name)')) as string[];
  expect(loaded.filter((name) => !/^(data|blob):/.test(name) && !name.startsWith(url))).toEqual([]);
  expect(loaded.length).toBeGreaterThan(2);
  expect(errors).toEqual([]);
});
