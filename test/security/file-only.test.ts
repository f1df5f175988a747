// Folders, roots, sources and targets come from the file or the environment, and cannot be changed over HTTP. Uploads stay with their job.
import { generateKeyPairSync } from 'node:crypto';
import backup from '@phraseworks/plugin-backup';
import cleanup from '@phraseworks/plugin-cleanup';
import email from '@phraseworks/plugin-email';
import { definePlugin, isUpload, Uploads } from '@phraseworks/sdk';
import { createTestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { shippedPlugins } from '../support/shipped.ts';

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

test('a form changes other settings, but none that is a location', async () => {
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
      errors: [{ message: 'can only be set in the configuration file or the environment' }],
    });
  }
  const { config } = (await (await jobs.request('/api/plugins/store/config')).json()) as { config: object };
  expect((await put({ ...config, keep: 5 })).status).toBe(200);
  const { id } = await jobs.addJob({ type: 'where', data: {} });
  await jobs.idle();
  expect((await jobs.getJobStatus(id))?.result).toEqual({ folder: 'data/here', s3, keep: 5 });
});

const FILE_ONLY_HELP = 'Can only be set in the configuration file or the environment.';

test('a location inside a setting cannot be set over HTTP, and the settings around it can', async () => {
  const dkim = { domain: 'site.test', selector: 'jobs' };
  await using jobs = await createTestJobs({ plugins: { email: { use: email, config: { mailbox: { port: 0 } } } } });
  const put = async (config: object) => {
    const answer = await jobs.request('/api/plugins/email/config', json(config, 'PUT'));
    return [answer.status, await answer.json()];
  };
  // Existing, missing and endless files get the same answer.
  for (const keyFile of ['/etc/hostname', '/no/such/file', '/dev/zero']) {
    expect(await put({ dkim: { ...dkim, keyFile } })).toMatchObject([
      400,
      {
        errors: [
          {
            path: 'plugins.email.config.dkim.keyFile',
            message: 'can only be set in the configuration file or the environment',
          },
        ],
      },
    ]);
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  expect(await put({ dkim: { ...dkim, key } })).toEqual([200, { name: 'email', state: 'on' }]);
  const { configSchema } = (await (await jobs.request('/api/plugins/email/config')).json()) as { configSchema: Field };
  expect(configSchema.properties?.dkim?.properties?.keyFile).toMatchObject({
    readOnly: true,
    description: expect.stringContaining(FILE_ONLY_HELP),
  });
  expect(configSchema.properties?.dkim?.properties?.key).not.toHaveProperty('readOnly');
});

/** What would reach into the network or the disk, or decide what a backup holds and who reads it. */
const PLACES: [name: 'backup' | 'cleanup' | 'email', setting: string, value: unknown][] = [
  ['backup', 'own', false],
  ['backup', 'optional', ['uploads']],
  ['backup', 'passphrase', 'a passphrase of theirs'],
  ['cleanup', 'roots', [{ path: '/', kind: 'temp' }]],
  ['email', 'transport', 'smtp://127.0.0.1:22'],
  ['email', 'transport', { host: '169.254.169.254', port: 80 }],
  ['email', 'transport', 'cms'],
];

test.each(PLACES)('plugins.%s.config.%s cannot be set over HTTP', async (name, setting, value) => {
  const use = { backup, cleanup, email }[name];
  await using jobs = await createTestJobs({ plugins: { [name]: { use, enabled: false } } });
  const answer = await jobs.request(`/api/plugins/${name}/config`, json({ [setting]: value }, 'PUT'));
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { errors: [{ path: `plugins.${name}.config.${setting}`, message: expect.stringContaining('configuration file') }] },
  ]);
});

interface Field {
  type?: string;
  description?: string;
  readOnly?: boolean;
  properties?: Record<string, Field>;
  items?: Field;
  anyOf?: Field[];
}

/** Each setting with its path, those inside others included. */
function fieldsOf(field: Field, path: readonly string[], closed = false): { path: string; text: string }[] {
  const shut = closed || field.readOnly === true;
  const parts = [...(field.anyOf ?? []), ...(field.items ? [field.items] : [])];
  const inside = [
    ...parts.flatMap((part) => fieldsOf(part, path, shut)),
    ...Object.entries(field.properties ?? {}).flatMap(([key, inner]) => fieldsOf(inner, [...path, key], shut)),
  ];
  // Numbers and switches are not locations, and an object is judged by its fields.
  const isPlace = field.type === undefined || field.type === 'string' || field.type === 'array';
  return shut || !isPlace
    ? inside
    : [{ path: path.join('.'), text: `${path.at(-1)} ${field.description ?? ''}` }, ...inside];
}

const PLACE = /path|folder|file|director|host|command|program|url|server|bucket|socket/i;

/** Settings that speak of a place and may be changed over HTTP, each with the reason why that does no harm. */
const HARMLESS: Record<string, string> = {
  'email.dkim.key': 'the key itself; its description names the setting beside it',
  'email.from': 'the sender of a mail',
  'email.publicUrl': 'begins links to this site; nothing is sent there',
  'image.publicUrl': 'begins links to this site; nothing is sent there',
};

test('no setting of a plugin that is a location can be set over HTTP without a reason', async () => {
  const plugins = await shippedPlugins();
  const uses = Object.entries(plugins).map(([name, use]) => [name, { use, enabled: false }]);
  await using jobs = await createTestJobs({ plugins: Object.fromEntries(uses) });
  const open: string[] = [];
  for (const name of Object.keys(plugins)) {
    const { configSchema } = await jobs.plugins.settings(name);
    const found = fieldsOf((configSchema as Field | null) ?? {}, [name]).filter(
      ({ path, text }) => path !== name && PLACE.test(text),
    );
    open.push(...found.map(({ path }) => path));
  }
  expect([...new Set(open)].sort()).toEqual(Object.keys(HARMLESS).sort());
});

test('an upload opens only for the job it was sent with', async () => {
  const reader = definePlugin({
    name: 'reader',
    needs: { uploads: Uploads },
    init(ctx) {
      ctx.registerProcessor('read', async ({ file }) => {
        const { name } = await ctx.needs.uploads.open(isUpload(file) ? file.upload : String(file));
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
