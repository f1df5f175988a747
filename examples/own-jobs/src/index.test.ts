// What each person sees and may do at the desk, and the suite that every plugin should pass.
import type { Action } from '@phraseworks/jobs';
import { createTestJobs, pluginContract } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import invoices from './index.ts';

pluginContract(invoices, {});

const RIGHTS: Record<string, readonly Action[]> = { clerk: ['view'], boss: ['view', 'add', 'operate'] };
const invoice = (to: string) => ({ type: 'invoice', data: { number: 'R-1', to, card: '4111' } }) as const;

async function open() {
  const jobs = await createTestJobs({
    plugins: { invoices: { use: invoices, config: { outOfOrder: true } } },
    authorize: (c, action) => {
      const [user = '', to] = c.req.header('x-user')?.split(' ') ?? [];
      return RIGHTS[user]?.includes(action) === true && { user, ...(to ? { where: { data: { to } } } : {}) };
    },
  });
  const ask = async (user: string, path: string, method = 'GET') => {
    const response = await jobs.request(`/plugins/invoices/guarded/${path}`, { method, headers: { 'x-user': user } });
    return { status: response.status, text: await response.text() };
  };
  return { jobs, ask, [Symbol.asyncDispose]: () => jobs.stop() };
}

test('the page and the list show the invoices that the caller may view, with their secrets masked', async () => {
  await using desk = await open();
  await desk.jobs.addJobs([invoice('ada@example.com'), invoice('bob@example.com')]);
  await desk.jobs.idle();
  const { text } = await desk.ask('clerk', '');
  expect(text).toContain('The printer refuses R-1.');
  expect(text.match(/R-1 to/g)).toHaveLength(2);
  expect((await desk.ask('clerk ada@example.com', '')).text.match(/R-1 to/g)).toHaveLength(1);
  expect((await desk.ask('clerk', 'list?q=bob')).text).toMatch(/bob@example.com.*"nextCursor"/);
  expect((await desk.ask('clerk', 'list')).text).not.toContain('4111');
  expect((await desk.ask('nobody', 'list')).status).toBe(403);
});

test('an invoice is retried and cancelled by those who may, and its history names them', async () => {
  await using desk = await open();
  const { id } = await desk.jobs.addJob(invoice('ada@example.com'));
  await desk.jobs.idle();
  expect((await desk.ask('clerk', `${id}/retry`, 'POST')).status).toBe(403);
  expect((await desk.ask('boss bob@example.com', `${id}/retry`, 'POST')).status).toBe(403);
  expect((await desk.ask('boss', `${id}/retry`, 'POST')).status).toBe(303);
  await desk.jobs.idle();
  expect((await desk.ask('boss', `${id}/cancel`, 'POST')).status).toBe(409);
  expect((await desk.ask('clerk', id)).text).toMatch(/"job_requeued".*"by":"boss".*"why"/);
});

test('a job of another type is not found', async () => {
  await using desk = await open();
  desk.jobs.registerProcessor('other', () => {});
  const { id } = await desk.jobs.addJob({ type: 'other', data: {} });
  expect((await desk.ask('boss', `${id}/cancel`, 'POST')).status).toBe(404);
});
