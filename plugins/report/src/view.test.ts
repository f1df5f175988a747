// The page of a report job: its headline, its charts, and its links.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Block, definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, onTestFinished, test } from 'vitest';
import { figuresPlugin } from '../test/figures.ts';
import report from './index.ts';

const work = definePlugin({
  name: 'work',
  init: (ctx) => void ctx.registerProcessor('work', async () => ({ success: true })),
});

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'pwj-report-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return createTestJobs({
    storage: { reports: { folder } },
    plugins: {
      report: { use: report, config: { keep: 1 } },
      figures: { use: figuresPlugin() },
      work: { use: work },
    },
  });
}

async function made(jobs: Awaited<ReturnType<typeof start>>, data: object = {}) {
  const { id } = await jobs.addJob({ type: 'report', data: { type: 'weekly_analytics', period: 'current', ...data } });
  await jobs.idle();
  return async (): Promise<Block[]> => {
    const view = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as {
      blocks: Block[];
      error: string | null;
    };
    expect(view.error).toBeNull();
    return view.blocks;
  };
}

test('a report is linked in every format, and its charts are on the page', async () => {
  await using jobs = await start();
  await jobs.addJobs(Array.from({ length: 5 }, () => ({ type: 'work', data: {} })));
  await jobs.idle();
  await jobs.advance(60_000);
  const blocks = await (await made(jobs))();
  const links = blocks.filter((block) => block.type === 'link');
  expect(links.map(({ text }) => text)).toEqual(['Open the report', 'Text', 'CSV']);
  for (const { href } of links) expect((await jobs.request(href)).status, href).toBe(200);
  const [chart] = blocks.filter((block) => block.type === 'image');
  const svg = Buffer.from(chart?.src.replace('data:image/svg+xml;base64,', '') ?? '', 'base64').toString();
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" .*<\/svg>$/s);
  expect(chart?.caption).toContain('highest:');
  expect(blocks).toContainEqual({ type: 'text', text: 'Not sent: no recipients.' });
});

test('a report that was not sent says why, and a removed one says that', async () => {
  await using jobs = await start();
  const view = await made(jobs, { recipients: ['ada@example.test'] });
  expect(await view()).toContainEqual({
    type: 'text',
    tone: 'warn',
    text: 'Not sent: the plugin email is not running.',
  });
  await made(jobs, { period: 'last' });
  await made(jobs, { period: 'last' });
  expect((await view())[0]).toMatchObject({ tone: 'warn', text: expect.stringContaining('no longer exists') });
});
