// The pages of batches, and what is before and after a job.
import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import dashboard from '../index.ts';

const textOf = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

async function open() {
  let fails = true;
  const rows = definePlugin({
    name: 'rows',
    init: (ctx) => {
      ctx.registerProcessor(
        'row',
        ({ n }: { n: number }) => (n === 2 && fails ? { success: false, error: 'no row 2' } : { success: true }),
        { maxRetries: 0, summary: (data) => `Row ${(data as { n: number }).n}` },
      );
      ctx.registerProcessor('mail', () => ({ success: true }));
    },
  });
  const jobs = await createTestJobs({ plugins: { rows: { use: rows }, dashboard: { use: dashboard } } });
  const text = async (path: string) => {
    await jobs.advance(50);
    return textOf(await (await jobs.request(path)).text());
  };
  const post = (query: string, as: 'admin' | 'user' = 'admin') =>
    jobs.request(`/act?${query}`, { as, method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
  return {
    ...{ jobs, text, post },
    mend: () => {
      fails = false;
    },
    [Symbol.asyncDispose]: () => jobs.stop(),
  };
}

test('a batch has its list, its bar, its failures and what was added at its end, and can be retried', async () => {
  await using site = await open();
  expect(await site.text('/')).not.toContain('Batches');
  const list = [1, 2, 3].map((n) => ({ type: 'row', data: { n } }));
  const batch = await site.jobs.addBatch({ name: 'Import of March', onEnd: 'mail', onSuccess: 'mail' }, list);
  const path = `/batch/${batch.id}`;
  await expect.poll(() => site.text(path)).toContain('Failed 1');
  expect(await site.text('/batches')).toMatch(/Import of March Failed .*3 of 3 ended .*1/);
  expect(await site.text(path)).toMatch(
    /Retry 1 failed job .*3 of 3 ended .*Not ended 0 .*Completed 2 .*Row 2 Failed row no row 2/,
  );
  site.mend();
  const answer = await site.post(`kind=batch&name=${batch.id}&step=retry&back=${path}`);
  expect(answer.headers.get('location')).toBe(`/jobs${path}?notice=batch.retry`);
  await expect.poll(() => site.text(path)).toMatch(/Import of March Completed/);
  expect((await site.post(`kind=batch&name=${batch.id}&step=cancel`, 'user')).headers.get('location')).toContain(
    'refused=FORBIDDEN',
  );
});

test('the page of a job shows those before and after it with their states', async () => {
  await using site = await open();
  const row = (n: number, after: string[] = []) => ({
    type: 'row',
    data: { n },
    ...(after.length > 0 ? { after } : {}),
  });
  const jobs = await site.jobs.addGraph({ resize: row(2), upload: row(1, ['resize']), publish: row(3, ['upload']) });
  await expect
    .poll(() => site.text(`/job/${jobs.upload.id}`))
    .toMatch(/Before it resize Failed After it row Cancelled/);
});
