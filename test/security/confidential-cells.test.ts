// Cells of panels and views that a plugin marks as confidential: their text is for callers who may operate.
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const CANARY = 'CANARY';
const blocks = () => [
  {
    type: 'table' as const,
    columns: ['Subject'],
    rows: [[{ text: CANARY, href: '/plugins/mail/1', confidential: true as const }, 'shown']],
  },
];
const mail = definePlugin({
  name: 'mail',
  init(ctx) {
    ctx.panel({ id: 'box', title: 'Box', data: blocks });
    ctx.registerProcessor('mail', async () => {}, { view: blocks });
  },
});

test.each([
  ['view', false],
  ['operate', true],
])('a caller with the right to %s sees a confidential cell: %s', async (right, sees) => {
  await using jobs = await createTestJobs({
    plugins: { mail: { use: mail } },
    authorize: (_c, action) => action === 'view' || action === right,
  });
  const { id } = await jobs.addJob({ type: 'mail', data: {} });
  await jobs.idle();
  for (const path of ['/api/panels/mail/box', `/api/jobs/${id}/view`]) {
    const text = await (await jobs.request(path)).text();
    expect([path, text.includes(CANARY), text.includes('shown')]).toEqual([path, sees, true]);
  }
});
