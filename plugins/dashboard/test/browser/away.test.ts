// The dashboard during events: pages follow the jobs, show when the server is unreachable, and catch up afterwards.
import { expect, test } from 'vitest';
import { SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

test('while 50 jobs a second are added no row moves, and ticks, focus and scroll position stay', async () => {
  const site = await openDashboard(await temporaryFolder());
  const ids = [];
  for (let i = 0; i < 60; i += 1) ids.push(await site.add({ to: `No. ${i}` }, { delay: 3_600_000 }));
  const { page, errors } = await site.open(browser, 'operator');
  await page.locator('#live-mark[data-state=live]').waitFor();
  for (const i of [55, 53, 50]) await page.getByLabel(`Select Letter to No. ${i}`).check();
  await page.getByRole('link', { name: 'Letter to No. 48' }).focus();
  await page.mouse.move(600, 500);
  // Compares each frame with the first; positions are rounded to the pixels of the screen.
  await page.evaluate(`(() => {
    window.scrollTo(0, 150);
    const look = () => ({
      ticked: [...document.querySelectorAll('input[name=id]:checked')].map(({ value }) => value).join(),
      focused: document.activeElement?.closest('tr')?.dataset.key,
      pointed: document.elementFromPoint(600, 500)?.closest('tr')?.dataset.key,
      rows: [...document.querySelectorAll('.jobs tbody tr')].map(({ dataset }) => dataset.key).join(),
      top: document.querySelector('.jobs tbody tr').getBoundingClientRect().top,
      bottom: document.querySelector('.jobs tbody tr:last-child').getBoundingClientRect().bottom,
    });
    const first = look();
    window.changes = new Set();
    const watch = () => {
      for (const [name, value] of Object.entries(look())) {
        const isSame = typeof value === 'number' ? Math.abs(value - first[name]) <= 1 : value === first[name];
        if (!isSame) window.changes.add(name + ': ' + value + ', at first ' + first[name]);
      }
      requestAnimationFrame(watch);
    };
    watch();
    window.renewed = () => new Promise((done) => document.addEventListener('renewed', done, { once: true }));
  })()`);
  // A page is updated every two seconds while jobs come. A pause makes a box above the rows appear.
  for (let round = 0; round < 4; round += 1) {
    const letters = Array.from({ length: 50 }, (_, i) => ({
      type: 'letter',
      data: { to: 'Ada', ...(i < round ? { fail: 'torn' } : {}) },
    }));
    await Promise.all([page.evaluate('window.renewed()'), site.jobs.addJobs(letters)]);
    if (round === 2) await site.jobs.pauses.pause({ kind: 'type', name: 'jobs.bulk' });
    if (round === 2) await site.jobs.runJob(ids[48] ?? '');
  }
  await page.locator('main tr', { hasText: 'Letter to No. 48' }).getByText('completed').waitFor();
  await page.getByText('50+ new jobs').waitFor();
  await page.getByText('jobs.bulk is paused').waitFor();
  expect(await page.evaluate('[...window.changes]')).toEqual([]);
  await page.getByText('50+ new jobs').click();
  await page.locator('main tbody tr', { hasText: 'Letter to Ada' }).first().waitFor();
  expect(await page.locator('main tbody tr', { hasText: 'Letter to No.' }).count()).toBe(0);
  expect(errors).toEqual([]);
});

test('while the server is unreachable the page shows that it reconnects and stays; then it is live and up to date', async () => {
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
  await page.getByText('1 new job').click();
  await page.locator('main tr', { hasText: 'Letter to Bob' }).getByText('completed').waitFor();
});

test('while the server is unreachable, a button keeps the page, which says why', async () => {
  const folder = await temporaryFolder();
  const site = await openDashboard(folder);
  const id = await site.add({ to: 'Ada', fail: 'torn' });
  await expect.poll(() => site.status(id), SOON).toBe('failed');
  const { page } = await site.open(browser, 'operator', `/job/${id}`);
  await page.locator('#live-mark[data-state=live]').waitFor();
  await site.stop();
  await page.getByRole('button', { name: 'Retry', exact: true }).click();
  await page.getByRole('alert').getByText('Server unreachable. Check whether it worked').waitFor();
  await page.getByRole('heading', { name: 'Letter to Ada' }).waitFor();
  const again = await openDashboard(folder, site.port);
  expect(await again.putBack(id)).toBe(0);
});

test('new jobs requested while the server is unreachable stay behind their button, which the message does not cover', async () => {
  const site = await openDashboard(await temporaryFolder());
  await site.add({ to: 'Ada' }, { delay: 3_600_000 });
  const { page } = await site.open(browser, 'viewer');
  await page.setViewportSize({ width: 390, height: 700 });
  await page.locator('#live-mark[data-state=live]').waitFor({ state: 'attached' });
  await site.add({ to: 'Bob' }, { delay: 3_600_000 });
  const fresh = page.getByText('1 new job');
  await fresh.waitFor();
  await site.stop();
  await fresh.click();
  await page.getByRole('alert').getByText('Server unreachable. This page stays open').waitFor();
  await fresh.click();
  expect(await page.getByText('Letter to Ada').count()).toBe(1);
});

test('paused, the page stays as it is; resumed, it catches up', async () => {
  const site = await openDashboard(await temporaryFolder());
  await site.add({ to: 'Ada' });
  const { page } = await site.open(browser, 'viewer');
  await page.locator('#live-mark[data-state=live]').click();
  await page.locator('#live-mark[data-state=paused]').waitFor();
  const id = await site.add({ to: 'Bob' });
  await expect.poll(() => site.status(id), SOON).toBe('completed');
  expect(await page.getByText('Letter to Bob').count()).toBe(0);
  await page.locator('#live-mark').click();
  await page.getByText('1 new job').click();
  await page.locator('main tr', { hasText: 'Letter to Bob' }).getByText('completed').waitFor();
});
