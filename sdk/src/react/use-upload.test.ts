// A file that becomes a job: once, also in strict mode, and shown to its end.
import { expect, test } from 'vitest';
import { rendered } from '../../test/rendered.ts';
import { openSteps } from '../../test/steps.ts';
import { useUpload } from './index.ts';

const photo = (): File => new File([new Uint8Array(2_000)], 'harbour.jpg', { type: 'image/jpeg' });

test('a file is sent once with the other data, its job is followed, and both bars end at 100', async () => {
  const { client, asked, site, attempt } = await openSteps();
  const page = rendered(client, () => useUpload('steps', { priority: 'high' }));
  const idle = await page.until(() => true);
  expect(idle).toMatchObject({ status: 'idle', progress: { upload: 0, job: 0 }, job: null, error: null });
  const added = await idle.upload(photo(), { width: 800 });
  const { running, end } = await attempt(added?.id ?? '');
  await page.until(({ status }) => status === 'processing');
  await running.progress({ percentage: 30 });
  await page.until(({ progress }) => progress.job === 30);
  end({ success: true, result: 'small' });
  const over = await page.until(({ status }) => status === 'completed');
  expect(over).toMatchObject({ progress: { upload: 100, job: 100 }, job: { result: 'small' }, error: null });
  expect(over.job).toMatchObject({
    priority: 'high',
    data: { width: 800, file: { name: 'harbour.jpg', size: 2_000 } },
  });
  expect((await site.jobs.listJobs()).jobs).toHaveLength(1);
  expect(asked.filter((request) => request.startsWith('POST'))).toEqual(['POST /api/jobs']);
  expect(page.shown.map(({ status }) => status)).toContain('uploading');
});

test('a refused job is an error with its code, and there is no job', async () => {
  const { client } = await openSteps();
  const page = rendered(client, () => useUpload('unheard_of'));
  expect(await (await page.until(() => true)).upload(photo())).toBeNull();
  const { status, job, error } = await page.until((now) => now.error !== null);
  expect({ status, job, error }).toMatchObject({ status: 'idle', job: null, error: { code: 'UNKNOWN_TYPE' } });
});

test('cancel stops the job added by the upload', async () => {
  const { client, site, attempt } = await openSteps();
  const page = rendered(client, () => useUpload('steps'));
  const { upload, cancel } = await page.until(() => true);
  const added = await upload(photo());
  await attempt(added?.id ?? '');
  cancel();
  await page.until(({ status }) => status === 'cancelled');
  expect((await site.ended(added?.id ?? '')).status).toBe('cancelled');
});

test('cancel before the job is added returns to idle', async () => {
  const { client } = await openSteps();
  const page = rendered(client, () => useUpload('steps'));
  const { upload, cancel } = await page.until(() => true);
  const sent = upload(photo());
  await page.until(({ status }) => status === 'uploading');
  cancel();
  expect(await sent).toBeNull();
  await page.until((now) => now.status === 'idle' && page.shown.indexOf(now) > 0);
});

test('a second file replaces the first', async () => {
  const { client, attempt } = await openSteps();
  const page = rendered(client, () => useUpload('steps'));
  const { upload } = await page.until(() => true);
  const first = await upload(photo());
  const second = await upload(photo());
  (await attempt(first?.id ?? '')).end({ success: true });
  (await attempt(second?.id ?? '')).end({ success: true });
  const over = await page.until(({ status }) => status === 'completed');
  expect(over.job?.id).toBe(second?.id);
});
