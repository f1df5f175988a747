// Folders, roots, sources and targets come from the file or the environment: whoever administers over HTTP cannot move them. Uploads stay with their job.
import { createTestJobs } from '@phraseworks/jobs/testing';
import alerts from '@phraseworks/plugin-alerts';
import cleanup from '@phraseworks/plugin-cleanup';
import { definePlugin, isUpload } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';

const json = (body: unknown, method = 'POST') => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});

const store = definePlugin({
  name: 'store',
  config: z.strictObject({
    folder: z.string().default('data/here').describe('Where it is.'),
    s3: z.strictObject({ bucket: z.string(), secret: z.string().meta({ secret: true }) }).optional(),
    keep: z.number().default(3),
  }),
  fileOnly: ['folder', 's3'],
  init(ctx) {
    ctx.registerProcessor('where', async () => ({ success: true, result: ctx.config }));
  },
});

test('a form changes the other settings, and none that name a place', async () => {
  const s3 = { bucket: 'mine', secret: 'a-secret' };
  await using jobs = await createTestJobs({ plugins: { store: { use: store, config: { s3 } } } });
  const put = (config: unknown) => jobs.request('/api/plugins/store/config', json(config, 'PUT'));
  for (const config of [
    { folder: '/etc' },
    { s3: { bucket: 'theirs', secret: '********' } },
    { keep: 4, folder: '/' },
  ]) {
    const refused = await put(config);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 'INVALID_DATA',
      errors: [{ message: 'is set in the configuration file or the environment only' }],
    });
  }
  const { config } = (await (await jobs.request('/api/plugins/store/config')).json()) as { config: object };
  expect((await put({ ...config, keep: 5 })).status).toBe(200);
  const { id } = await jobs.addJob({ type: 'where', data: {} });
  await jobs.idle();
  expect((await jobs.getJobStatus(id))?.result).toEqual({ folder: 'data/here', s3, keep: 5 });
});

test('the roots of the clean-up are not set over HTTP, and the form says why', async () => {
  await using jobs = await createTestJobs({ plugins: { cleanup: { use: cleanup } } });
  const answer = await jobs.request(
    '/api/plugins/cleanup/config',
    json({ roots: [{ path: '/', kind: 'temp' }] }, 'PUT'),
  );
  expect(answer.status).toBe(400);
  const { configSchema } = (await (await jobs.request('/api/plugins/cleanup/config')).json()) as {
    configSchema: { properties: { roots: object } };
  };
  expect(configSchema.properties.roots).toMatchObject({
    readOnly: true,
    description: expect.stringContaining('Set in the configuration file or the environment only.'),
  });
});

test('the webhooks of the alerts are not set over HTTP', async () => {
  await using jobs = await createTestJobs({ plugins: { alerts: { use: alerts } } });
  const webhooks = [{ name: 'theirs', url: 'https://evil.example/x', secret: 'a-secret-of-theirs' }];
  const answer = await jobs.request('/api/plugins/alerts/config', json({ webhooks }, 'PUT'));
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { errors: [{ path: 'plugins.alerts.config.webhooks', message: expect.stringContaining('configuration file') }] },
  ]);
});

test('an upload opens for the job that it came with and for no other', async () => {
  const reader = definePlugin({
    name: 'reader',
    init(ctx) {
      ctx.registerProcessor('read', async ({ file }) => {
        const { name } = await ctx.uploads.open(isUpload(file) ? file.upload : String(file));
        return { success: true, result: name };
      });
    },
  });
  await using jobs = await createTestJobs({ plugins: { reader: { use: reader } }, queue: { defaultRetries: 0 } });
  const form = new FormData();
  form.set('job', JSON.stringify({ type: 'read', data: {} }));
  form.set('data.file', new File(['x'], 'mine.txt'));
  const own = (await (await jobs.request('/api/jobs', { method: 'POST', body: form })).json()) as {
    id: string;
    data: { file: { upload: string } };
  };
  await jobs.idle();
  expect(await jobs.getJobStatus(own.id)).toMatchObject({ status: 'completed', result: 'mine.txt' });

  const copied = { type: 'read', data: own.data };
  const refusals: [string, unknown, string][] = [
    ['/api/jobs', copied, 'data.file'],
    ['/api/jobs', [copied], '[0].data.file'],
    ['/api/schedules', { ...copied, schedule: '0 1 * * *' }, 'data.file'],
    ['/api/schedules', { name: 'x', jobData: copied, schedule: '0 1 * * *' }, 'jobData.data.file'],
  ];
  for (const [path, body, field] of refusals) {
    const refused = await jobs.request(path, json(body));
    expect([refused.status, await refused.json()]).toMatchObject([400, { errors: [{ path: field }] }]);
  }
  // By its id alone, and from inside: refused where it is opened.
  for (const data of [own.data, { file: own.data.file.upload }]) {
    const { id } = await jobs.addJob({ type: 'read', data });
    await jobs.idle();
    expect(await jobs.getJobStatus(id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('another job'),
    });
  }
  const again = await jobs.request(`/api/jobs/${own.id}/retry`, json({ data: own.data }));
  expect(again.status).toBe(200);
  await jobs.idle();
  expect(await jobs.getJobStatus(own.id)).toMatchObject({ status: 'completed', result: 'mine.txt' });
});
