// A photograph of 5 MB in a real browser: the specification's component, and the page with the hooks.
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { keepPictures, SOON, useChromium, type Visit } from './browser.ts';
import { photograph } from './photograph.ts';
import { openUploadSite } from './upload-site.ts';

const browser = useChromium();

const SLOW = 4_000_000;

/** Bytes a second; a network as people have it. */
async function slowDown({ page, context }: Visit, uploadThroughput = SLOW): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const rest = { offline: false, latency: 0, downloadThroughput: -1 };
  await session.send('Network.emulateNetworkConditions', { ...rest, uploadThroughput });
}

/** Every text or value that an element had, in the order they came. */
async function watch({ page }: Visit, selector: string): Promise<() => Promise<string[]>> {
  await page.evaluate(`(() => {
    const seen = [];
    const look = () => {
      const element = document.querySelector(${JSON.stringify(selector)});
      const now = element && String(element.value ?? element.textContent);
      if (now && now !== seen.at(-1)) seen.push(now);
    };
    const everything = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver(look).observe(document, everything);
    window.seen = seen;
  })()`);
  return () => page.evaluate('seen');
}

test("the specification's component uploads a photograph and follows its job to the end", async () => {
  const folder = await temporaryFolder();
  const site = await openUploadSite(folder);
  const visit = await browser.open(site.url);
  const part = visit.page.locator('#specification');
  const seen = await watch(visit, '#specification div > div');
  await part.locator('input[type=file]').setInputFiles(await photograph(folder));
  await part.getByText('Job Status: completed').waitFor();
  await part.getByText('Progress: 100%').waitFor();
  expect((await seen())[0]).toBe('Job Status: pending');
  const { jobs } = await site.jobs.listJobs();
  expect(jobs).toMatchObject([
    { status: 'completed', result: { width: 800 }, data: { file: { name: 'harbour.jpg' } } },
  ]);
  expect(visit.errors).toEqual([]);
});

test('the page with the hooks shows the upload to 100 %, the job and the resulting picture', async () => {
  const folder = await temporaryFolder();
  const site = await openUploadSite(folder);
  const visit = await browser.open(site.url);
  await slowDown(visit);
  const part = visit.page.locator('#hooks');
  const uploaded = await watch(visit, '#hooks progress[aria-label=Upload]');
  await part.getByLabel('Picture').setInputFiles(await photograph(folder));
  const picture = part.getByRole('img', { name: 'What the job made' });
  await picture.waitFor();
  const width = () => visit.page.evaluate("document.querySelector('#hooks img').naturalWidth");
  await expect.poll(width, SOON).toBe(800);
  const steps = (await uploaded()).map(Number);
  expect(steps.at(-1)).toBe(100);
  expect(steps.filter((step) => step > 0 && step < 100).length).toBeGreaterThan(3);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(await part.getByLabel('Job').getAttribute('value')).toBe('100');
  expect((await site.jobs.listJobs()).jobs).toHaveLength(1);
  expect(visit.errors).toEqual([]);
  await visit.page.locator('#recent').getByText('1 done').waitFor();
  await keepPictures(visit, 'upload');
});
