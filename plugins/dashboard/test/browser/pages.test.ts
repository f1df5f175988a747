// Every page of the dashboard: nothing wrong for people with assistive technology, and none wider than its screen.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepPictures, SOON, useChromium } from '../../../../test/browser/browser.ts';
import { temporaryFolder } from '../../../../test/support/folder.ts';
import { everyPage, wrongOn } from './every-page.ts';
import { openDashboard } from './site.ts';

const browser = useChromium();

const EVERY_PAGE = 300_000;
/** axe reads a page twice: in the layout and the colours of each. Between them a page can only be too wide. */
const LOOKS = [
  { width: 360, colorScheme: 'light', isRead: true },
  { width: 768, colorScheme: 'light', isRead: false },
  { width: 1024, colorScheme: 'light', isRead: false },
  { width: 1280, colorScheme: 'dark', isRead: true },
] as const;

async function openFull() {
  const folder = await temporaryFolder();
  const site = await openDashboard(folder, 0, {
    storage: Object.fromEntries(
      ['uploads', 'files', 'backups', 'reports'].map((name) => [name, { folder: join(folder, name) }]),
    ),
    plugins: {
      email: { config: { mailbox: { port: 0 } } },
      image: true,
      backup: true,
      cleanup: { config: { roots: [{ path: folder, kind: 'temp' }] } },
      report: true,
    },
  });
  const failed = await site.add({ to: 'Bob', fail: 'no such street' });
  await site.add({ to: 'Ada' });
  const running = await site.add({ to: 'Cleo', wait: true });
  await site.add({ to: 'Dan' }, { delay: 3_600_000 });
  await expect.poll(() => Promise.all([failed, running].map(site.status)), SOON).toEqual(['failed', 'processing']);
  await site.jobs.schedules.run('post/round');
  const welcome = { to: 'ada@example.test', template: 'welcome', variables: { userName: 'Ada' } };
  const real = await Promise.all([
    site.jobs.addJob({ type: 'email', data: welcome }),
    site.jobs.addJob({ type: 'backup', data: { type: 'database' } }),
    site.jobs.addJob({ type: 'report', data: { type: 'weekly_analytics' } }),
  ]);
  await expect
    .poll(() => Promise.all(real.map(({ id }) => site.status(id))), SOON)
    .toEqual(real.map(() => 'completed'));
  return site;
}

test('every page answers, fits its screen and passes axe, at three widths, in light and dark', {
  timeout: EVERY_PAGE,
}, async () => {
  const site = await openFull();
  const visit = await site.open(browser, 'admin');
  const found: string[] = [];
  const kinds: string[] = [];
  await everyPage(visit, site.url, async (kind, status) => {
    kinds.push(kind);
    if (status !== 200) found.push(`${kind}: answers ${status}`);
    for (const { width, colorScheme, isRead } of LOOKS) {
      await visit.page.setViewportSize({ width, height: 800 });
      await visit.page.emulateMedia({ colorScheme });
      const there = (await visit.page.evaluate('document.documentElement.scrollWidth')) as number;
      const wrong = isRead ? await wrongOn(visit) : [];
      if (there > width) wrong.push(`${there} pixels wide`);
      found.push(...wrong.map((one) => `${kind} (${width}, ${colorScheme}): ${one}`));
    }
    await keepPictures(visit, `dashboard-${kind}`);
  });
  expect(found).toEqual([]);
  expect(visit.errors).toEqual([]);
  expect(kinds).toEqual(expect.arrayContaining(['list', 'job', 'add', 'schedules', 'plugins', 'plugin-post']));
});
