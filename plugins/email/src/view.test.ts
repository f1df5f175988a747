// The page of an email job.

import type { Block } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import email from './index.ts';

const start = (mailbox: { keep?: number } = {}) =>
  createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0, ...mailbox } } } } });

async function viewOf(jobs: TestJobs, data: object): Promise<Block[]> {
  const { id } = await jobs.addJob({ type: 'email', data: { subject: 'Hello', text: 'Hello', ...data } as never });
  await jobs.idle();
  const view = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as { blocks: Block[]; error: string | null };
  expect(view.error).toBeNull();
  return view.blocks;
}

test('an accepted mail can be opened, with the answer of the server', async () => {
  await using jobs = await start();
  const blocks = await viewOf(jobs, { to: 'ada@example.test', html: '<p>Hello</p>' });
  expect(blocks[0]).toEqual({ type: 'text', tone: 'good', text: 'Delivered to the mail server.' });
  const link = blocks.find((block) => block.type === 'link');
  expect((await jobs.request(link?.href ?? '')).status).toBe(200);
  const frame = blocks.find((block) => block.type === 'frame');
  expect(await (await jobs.request(frame?.src ?? '')).text()).toContain('>Hello');
  expect(blocks.at(-1)).toMatchObject({
    type: 'table',
    rows: [['ada@example.test', 'accepted', expect.stringContaining('250'), 1, expect.any(String)]],
  });
});

test('a mail without HTML is shown as text', async () => {
  await using jobs = await start();
  const blocks = await viewOf(jobs, { to: 'ada@example.test', text: 'Dear Ada,\n\nbye' });
  expect(blocks[1]).toEqual({ type: 'text', text: 'Dear Ada,\n\nbye\n' });
});

test('a mail that the mailbox no longer keeps is not shown, and the page says so', async () => {
  await using jobs = await start({ keep: 1 });
  const { id } = await jobs.addJob({ type: 'email', data: { to: 'ada@example.test', subject: 'a', text: 'b' } });
  await jobs.idle();
  await jobs.advance(1_000);
  await viewOf(jobs, { to: 'bob@example.test' });
  const { blocks } = (await (await jobs.request(`/api/jobs/${id}/view`)).json()) as { blocks: Block[] };
  expect(blocks.map(({ type }) => type)).toEqual(['text', 'text', 'table']);
  expect(blocks[1]).toMatchObject({ text: expect.stringContaining('no longer in the mailbox') });
});

test('a mail refused for one of two recipients shows which', async () => {
  await using jobs = await start();
  const blocks = await viewOf(jobs, { to: ['ada@example.test', 'refused@example.test'] });
  expect(blocks.slice(0, 2)).toEqual([
    { type: 'text', text: 'Delivered to the mail server for 1 of 2.' },
    { type: 'text', tone: 'bad', text: '1 rejected.' },
  ]);
});
