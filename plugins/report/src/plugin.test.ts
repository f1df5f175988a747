// The plugin in a whole instance: the specification's report, its files, its pages, and a week with jobs.
import { mkdtempSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnyPlugin, definePlugin, type Figure, optional, PageFrame } from '@phraseworks/sdk';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { figuresPlugin } from '../test/figures.ts';
import report, { type ReportResult, ReportTypes } from './index.ts';

const DAY = 86_400_000;

const reports = mkdtempSync(join(tmpdir(), 'pwj-report-'));
afterAll(() => rm(reports, { recursive: true, force: true }));
pluginContract(report, { host: { storage: { reports: { folder: reports } } } });

const filesOf = async (folder: string) => (await readdir(folder)).filter((name) => !name.startsWith('.'));

async function start(config: object = {}, more: Record<string, AnyPlugin> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-report-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const others = Object.fromEntries(Object.entries(more).map(([name, use]) => [name, { use }]));
  const jobs = await createTestJobs({
    storage: { reports: { folder } },
    plugins: { report: { use: report, config }, figures: { use: figuresPlugin() }, ...others },
  });
  return { jobs, folder, [Symbol.asyncDispose]: () => jobs[Symbol.asyncDispose]() };
}

/** Something to report: of ten, one fails for good and one needs a second attempt. */
const work = definePlugin({
  name: 'work',
  init(ctx) {
    ctx.registerProcessor('work', ({ n }, _jobId, attempt) => {
      if (n === 3) return { success: false, error: 'the paper is empty', retryable: false };
      if (n === 5 && attempt === 1) return { success: false, error: 'the printer is busy', retryDelay: 1_000 };
      return { success: true };
    });
  },
});

async function tenJobs(jobs: Awaited<ReturnType<typeof start>>['jobs']) {
  await jobs.addJobs(Array.from({ length: 10 }, (_, n) => ({ type: 'work', data: { n } })));
  await jobs.advance(10_000);
}

async function make(jobs: Awaited<ReturnType<typeof start>>['jobs'], data: object) {
  const { id } = await jobs.addJob({ type: 'report', data: { type: 'weekly_analytics', ...data } });
  await jobs.idle();
  const job = await jobs.getJobStatus(id);
  return { job, result: job?.result as ReportResult };
}

test("the specification's report is made and kept, and states why it was not sent", async () => {
  await using site = await start();
  const { job, result } = await make(site.jobs, { recipients: ['admin@example.com'] });
  expect(job).toMatchObject({ status: 'completed', error: null });
  expect(result).toMatchObject({
    period: '22 to 28 December 2025',
    empty: true,
    sent: false,
    accepted: [],
    refused: [],
  });
  expect(result.reason).toBe('the plugin email is not running');
  expect(result.files.map(({ format }) => format)).toEqual(['html', 'text', 'csv']);
  const names = await filesOf(site.folder);
  expect(names).toHaveLength(4);
  for (const name of names) expect((await stat(join(site.folder, name))).mode & 0o777).toBe(0o600);
  const page = await site.jobs.request(result.report);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toMatch(/^sandbox allow-same-origin; default-src 'none'/);
  expect(await page.text()).toContain('22 to 28 December 2025 had no jobs');
});

test('a week lists the jobs that ended in it, by type, result and reason', async () => {
  await using site = await start({}, { work });
  await tenJobs(site.jobs);
  const { result } = await make(site.jobs, { period: 'current' });
  expect(result).toMatchObject({ empty: false, period: '29 December 2025 to 1 January 2026' });
  const text = await (await site.jobs.request(`${result.report}/text`)).text();
  expect(text).toContain('9 jobs completed. 1 failed, all of them with "the paper is empty".');
  expect(text).toMatch(/work +9 +1 +1\n/);
  expect(text).toMatch(/the paper is empty \[work\] +1 +0\n/);
  expect(text).toMatch(/the printer is busy \[work\] +0 +1\n/);
});

test('counts from before the plugin was disabled are kept, and compared with the next day', async () => {
  await using site = await start({}, { work });
  await tenJobs(site.jobs);
  await site.jobs.plugins.disable('report');
  await site.jobs.plugins.enable('report');
  await site.jobs.advance(DAY);
  await tenJobs(site.jobs);
  await tenJobs(site.jobs);
  const { result } = await make(site.jobs, { type: 'daily_summary', at: '2026-01-03' });
  const text = await (await site.jobs.request(`${result.report}/text`)).text();
  expect(text).toContain('18 jobs completed, 100 % more than the day before. 2 failed');
});

test('without figures the report is made and sent all the same, and says what it lacks', async () => {
  await using site = await start({}, { work });
  await site.jobs.plugins.disable('figures');
  await tenJobs(site.jobs);
  const { job, result } = await make(site.jobs, { period: 'current' });
  expect(job).toMatchObject({ status: 'completed' });
  const text = await (await site.jobs.request(`${result.report}/text`)).text();
  expect(text).toContain('This report has no figures of jobs.');
  expect(text).toContain('DISK');
});

test('other plugins and the site add their metrics, requested for both periods', async () => {
  const asked: object[] = [];
  const shop = definePlugin({
    name: 'shop',
    init(ctx) {
      ctx.addFilter('report:figures', (figures, about) => {
        asked.push(about);
        const value = asked.length === 1 ? 120 : 100;
        const sales: Figure = {
          key: 'shop.sales',
          section: 'Shop',
          label: 'Sales',
          value,
          unit: 'count',
          better: 'more',
        };
        return [...figures, sales, { nonsense: true } as never];
      });
    },
  });
  await using site = await start({ timezone: 'Europe/Berlin' }, { shop });
  const { result } = await make(site.jobs, {});
  const text = await (await site.jobs.request(`${result.report}/text`)).text();
  expect(text).toMatch(/Shop\nSales +120 \(\+20 %\) +100\n/);
  const monday = Date.UTC(2025, 11, 21, 23);
  expect(asked).toEqual([
    { from: monday, to: monday + 7 * DAY },
    { from: monday - 7 * DAY, to: monday },
  ]);
});

test('a plugin registers its own report, made from the standard sections', async () => {
  const sales = definePlugin({
    name: 'sales',
    needs: { reports: optional(ReportTypes) },
    init(ctx) {
      const dispose = ctx.needs.reports?.register({
        type: 'sales_report',
        title: 'Sales',
        every: 'month',
        sections: (standard, { label }) => [{ title: `Sales of ${label}`, note: 'None.' }, ...standard.slice(-1)],
      });
      if (dispose) ctx.onDisable(dispose);
    },
  });
  await using site = await start({}, { sales });
  const { result } = await make(site.jobs, { type: 'sales_report' });
  const text = await (await site.jobs.request(`${result.report}/text`)).text();
  expect(text).toContain('SALES OF DECEMBER 2025\n\nNone.\n');
  await site.jobs.plugins.disable('sales');
  await expect(site.jobs.addJob({ type: 'report', data: { type: 'sales_report' } })).rejects.toMatchObject({
    code: 'INVALID_DATA',
    errors: [{ path: 'data.type', message: 'must be one of daily_summary, weekly_analytics, monthly_summary' }],
  });
});

test('only the newest reports of a type are kept, with their files', async () => {
  await using site = await start({ keep: 2 });
  for (let n = 0; n < 4; n += 1) {
    await make(site.jobs, { format: 'csv' });
    await site.jobs.advance(1_000);
  }
  await make(site.jobs, { type: 'daily_summary', format: 'html' });
  const { runs } = (await (await site.jobs.request('/plugins/report/runs')).json()) as { runs: { type: string }[] };
  expect(runs.map(({ type }) => type)).toEqual(['daily_summary', 'weekly_analytics', 'weekly_analytics']);
  expect(await filesOf(site.folder)).toHaveLength(2 + 2 * 3);
});

test('the panel links each report and its files, and makes one', async () => {
  await using site = await start();
  expect((await site.jobs.request('/plugins/report/make/weekly_analytics/current', { method: 'POST' })).status).toBe(
    202,
  );
  await site.jobs.idle();
  const panel = (await (await site.jobs.request('/api/panels/report/reports')).json()) as {
    blocks: { type: string; rows?: ({ href: string } | null)[][] }[];
  };
  const [row = []] = panel.blocks.find(({ type }) => type === 'table')?.rows ?? [];
  const links = row.flatMap((cell) => (typeof cell === 'object' && cell !== null ? [cell.href] : []));
  expect(links).toHaveLength(3);
  for (const link of links) expect((await site.jobs.request(link)).status).toBe(200);
  expect((await site.jobs.request(links[0] ?? '', { as: 'user' })).status).toBe(403);
  expect((await site.jobs.request('/plugins/report/make/none', { method: 'POST' })).status).toBe(404);
  expect((await site.jobs.request('/plugins/report/runs/none')).status).toBe(404);
});

test('a report that is asked for twice is made once, and one to other people is another', async () => {
  await using site = await start();
  const to = (name: string) => ({
    type: 'report' as const,
    data: { type: 'weekly_analytics', recipients: [`${name}@example.com`] },
  });
  const added = await site.jobs.addJobs([to('ada'), to('ada'), to('bob')]);
  expect(added.map(({ outcome }) => outcome)).toEqual(['added', 'kept', 'added']);
  await site.jobs.idle();
  expect((await filesOf(site.folder)).filter((name) => name.endsWith('.html'))).toHaveLength(2);
});

test("a report opens in the dashboard's frame, with its other files", async () => {
  const frame = definePlugin({
    name: 'frame',
    provides: [PageFrame],
    init: (ctx) => ctx.provide(PageFrame, { answer: async (c, { title, body }) => c.html(`<h1>${title}</h1>${body}`) }),
  });
  await using site = await start({}, { frame });
  const { job, result } = await make(site.jobs, {});
  const page = await (await site.jobs.request(result.report)).text();
  expect(page).toContain(`src="${job?.id}/html"`);
  expect(page).toContain(`href="${job?.id}/csv"`);
  expect(await (await site.jobs.request(`${result.report}/html`)).text()).toMatch(/^<!doctype html>/i);
});
