// Jobs refused when added, by addJob() and over HTTP alike: the field is named, nothing is stored, nothing is repeated.

import { definePlugin, JobsError, type NewJob } from '@phraseworks/sdk';
import { createTestJobs, ManualClock, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openLiveSite, post } from '../support/live-site.ts';

const CANARY = 'CANARY-51bd';

async function open(): Promise<TestJobs> {
  const jobs = await createTestJobs({ start: false });
  const data = z.strictObject({ to: z.email(), n: z.int().min(1).max(10).optional() });
  jobs.registerProcessor('checked', async () => {}, { data });
  jobs.registerProcessor('plain', async () => {});
  return jobs;
}

interface Refusal {
  code: string;
  detail: string;
  errors: { path: string; message: string }[];
}

async function byFunction(jobs: TestJobs, job: unknown): Promise<Refusal> {
  const add = Array.isArray(job) ? jobs.addJobs(job) : jobs.addJob(job as NewJob);
  const error: unknown = await add.catch((thrown: unknown) => thrown);
  if (!(error instanceof JobsError)) throw new Error('it was not refused by a JobsError', { cause: error });
  return { code: error.code, detail: error.message, errors: [...error.errors] };
}

async function byHttp(jobs: TestJobs, job: unknown): Promise<Refusal & { status: number }> {
  const response = await jobs.request('/api/jobs', {
    method: 'POST',
    as: 'user',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(job),
  });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return (await response.json()) as Refusal & { status: number };
}

const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}"${CANARY}"${'}'.repeat(levels)}`);
const plain = (options: object): object => ({ type: 'plain', data: CANARY, ...options });
const checked = (data: unknown): object => ({ type: 'checked', data });

const WRONG: [string, unknown, string, string?][] = [
  ['no type', { data: CANARY }, 'type'],
  ['a type that is a number', { type: 7, data: CANARY }, 'type'],
  ['an unknown priority', plain({ priority: CANARY }), 'priority'],
  ['a priority that is a number', plain({ priority: 1 }), 'priority'],
  ['an unknown backoff', plain({ retryBackoff: CANARY }), 'retryBackoff'],
  ['a negative delay', plain({ delay: -1 }), 'delay'],
  ['a delay of a thousand years', plain({ delay: 31_622_400_000_000 }), 'delay'],
  ['a delay that is text', plain({ delay: CANARY }), 'delay'],
  ['half a millisecond', plain({ delay: 0.5 }), 'delay'],
  ['a negative number of retries', plain({ maxRetries: -1 }), 'maxRetries'],
  ['a thousand retries', plain({ maxRetries: 1_000 }), 'maxRetries'],
  ['a negative pause', plain({ retryDelay: -5_000 }), 'retryDelay'],
  ['a pause of two days', plain({ retryDelay: 172_800_000 }), 'retryDelay'],
  ['no time at all', plain({ timeout: 0 }), 'timeout'],
  ['an empty idempotency key', plain({ idempotencyKey: '' }), 'idempotencyKey'],
  ['an idempotency key of 300 characters', plain({ idempotencyKey: CANARY.repeat(28) }), 'idempotencyKey'],
  ['data that lacks a field', checked({}), 'data.to'],
  ['data with a wrong field', checked({ to: CANARY }), 'data.to'],
  ['data with a number that is too large', checked({ to: 'a@example.com', n: 1e300 }), 'data.n'],
  ['data with a field that is not known', checked({ to: 'a@example.com', secret: CANARY }), 'data'],
  ['data that is a list', checked([CANARY]), 'data'],
  ['data of 21 levels', { type: 'plain', data: nested(21) }, `data${'.a'.repeat(20)}`],
  ['data of 300 kB', { type: 'plain', data: CANARY.repeat(28_000) }, 'data', 'PAYLOAD_TOO_LARGE'],
  ['a bad element in a list', [plain({}), checked({ to: CANARY }), plain({})], '[1].data.to'],
  ['two bad elements in a list', [plain({ delay: -1 }), plain({ priority: CANARY })], '[0].delay'],
];

test('an invalid job is refused with its field, and leaves nothing behind', async () => {
  await using jobs = await open();
  for (const [name, job, path, code = 'INVALID_DATA'] of WRONG) {
    const answers = [await byFunction(jobs, job), await byHttp(jobs, job)];
    for (const answer of answers) {
      const errors = expect.arrayContaining([expect.objectContaining({ path })]);
      expect(answer, name).toMatchObject({ code, errors });
    }
    expect(answers[1], name).toMatchObject({ status: code === 'INVALID_DATA' ? 400 : 413 });
    expect(JSON.stringify([answers, jobs.log]), name).not.toContain(CANARY);
    expect([(await jobs.listJobs()).jobs, jobs.events], name).toEqual([[], []]);
  }
});

test('a misspelt option is refused by its name', async () => {
  await using jobs = await open();
  const detail = 'dealy is not a known option: did you mean delay?';
  expect(await byFunction(jobs, plain({ dealy: 5 }))).toMatchObject({ code: 'INVALID_DATA', detail });
});

test('the messages of a schema are shown, and an error it throws is logged', async () => {
  await using jobs = await open();
  const data = z.object({ post: z.int({ error: 'Pick a post' }) });
  jobs.registerProcessor('publish', async () => {}, { data });
  const broken = z.object({ ok: z.boolean().optional() }).refine(({ ok }) => {
    if (!ok) throw new Error('no connection');
    return true;
  });
  jobs.registerProcessor('broken', async () => {}, { data: broken });
  const errors = [{ path: 'data.post', message: 'Pick a post' }];
  const publish = { type: 'publish', data: {} };
  expect(await byFunction(jobs, publish)).toMatchObject({ detail: 'data.post: Pick a post', errors });
  expect(await byHttp(jobs, publish)).toMatchObject({ errors });
  const detail = 'data could not be checked: its schema threw';
  expect(await byFunction(jobs, { type: 'broken', data: {} })).toMatchObject({ detail });
  const { id } = await jobs.addJob({ type: 'broken', data: { ok: true } });
  await jobs.cancelJob(id);
  await expect(jobs.retryJob(id, { data: {} })).rejects.toThrow(detail);
  const said = jobs.log.filter((line) => line.includes('The schema of "broken" threw: no connection'));
  expect(said).toHaveLength(2);
});

test('an unknown option is refused without repeating its name', async () => {
  await using jobs = await open();
  const job = plain({ [CANARY]: 1 });
  expect(await byFunction(jobs, job)).toMatchObject({ code: 'INVALID_DATA', errors: [{ path: '(key)' }] });
  expect(await byHttp(jobs, job)).toMatchObject({ code: 'INVALID_DATA', errors: [{ path: '(request)' }] });
  expect(JSON.stringify([await byFunction(jobs, job), await byHttp(jobs, job), jobs.log])).not.toContain(CANARY);
});

test('an option of another queue is answered with the options there are', async () => {
  await using jobs = await open();
  const { detail } = await byFunction(jobs, plain({ attempts: 3 }));
  expect(detail).toMatch(/^\(key\) is not a known option; use type, data, priority, .*maxRetries/);
});

const circle: Record<string, unknown> = { name: CANARY };
circle.self = { back: circle };

const NO_JSON: [string, unknown, string, string][] = [
  ['a BigInt', { n: { big: 10n } }, 'data.n.big', 'BigInt'],
  ['a circle', circle, 'data.self.back', 'refers to itself'],
  ['a function', { list: [1, () => CANARY] }, 'data.list[1]', 'is a function'],
  ['a symbol', { s: Symbol(CANARY) }, 'data.s', 'is a symbol'],
  ['a value that is not a number', { n: Number.NaN }, 'data.n', 'finite'],
  ['a map', { map: new Map([[CANARY, 1]]) }, 'data.map', 'JSON cannot represent'],
  [
    'a getter that throws',
    {
      get x() {
        throw new Error(CANARY);
      },
    },
    'data',
    'cannot be read',
  ],
];

test('data that JSON cannot represent is refused by addJob() with its path', async () => {
  await using jobs = await open();
  for (const [name, data, path, words] of NO_JSON) {
    const refusal = await byFunction(jobs, { type: 'plain', data });
    const errors = [{ path, message: expect.stringContaining(words) }];
    expect(refusal, name).toMatchObject({ code: 'INVALID_DATA', errors });
    expect(JSON.stringify([refusal, jobs.log]), name).not.toContain(CANARY);
  }
});

test('keys that reach a prototype are refused by function and over HTTP, and change nothing', async () => {
  await using jobs = await open();
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const text = `{ "type": "plain", "data": { "a": { "${key}": { "polluted": "${CANARY}" } } } }`;
    expect(await byFunction(jobs, JSON.parse(text))).toMatchObject({ errors: [{ path: 'data.a' }] });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: text };
    const response = await jobs.request('/api/jobs', init);
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ path: 'body' }] }]);
  }
  expect('polluted' in {}).toBe(false);
  expect((await jobs.listJobs()).jobs).toEqual([]);
});

test('addJob() parks an unknown type with a warning, and HTTP refuses it', async () => {
  const warnings: string[] = [];
  const quiet = () => {};
  const log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (...args: unknown[]) => void warnings.push(args.join(' ')),
  };
  await using site = await openLiveSite({ log });
  const { id } = await site.jobs.addJob({ type: 'nobodys', data: {} });
  expect(await site.jobs.getJobStatus(id)).toMatchObject({ status: 'parked', reason: 'no_processor', attempt: 0 });
  expect(warnings).toEqual([expect.stringContaining('no known plugin has a processor')]);

  const body = { type: 'nobodys', data: CANARY };
  const refused = await post(`${site.url}/api/jobs`, body);
  expect([refused.status, await refused.json()]).toMatchObject([
    404,
    { code: 'UNKNOWN_TYPE', errors: [{ path: 'type', message: 'is not a known job type' }] },
  ]);
  const list = await post(`${site.url}/api/jobs`, [body, { type: CANARY, data: {} }]);
  const text = await list.text();
  expect(JSON.parse(text)).toMatchObject({ errors: [{ path: '[0].type' }, { path: '[1].type' }] });
  expect(text).not.toContain(CANARY);
  expect((await site.jobs.listJobs()).jobs).toHaveLength(1);

  site.jobs.registerProcessor('nobodys', async () => {});
  expect(String(await site.jobs.getJobStatus(id))).not.toBe('failed');
  await expect.poll(() => site.jobs.getJobStatus(id).then(String)).toBe('completed');
  expect((await post(`${site.url}/api/jobs`, body)).status).toBe(201);
});

test('a type is not reported as unknown while a plugin that may register it is still starting', async () => {
  let finish = () => {};
  const slow = definePlugin({
    name: 'slow',
    async init(ctx) {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      ctx.registerProcessor('late', () => {});
    },
  });
  const clock = new ManualClock();
  const opening = createTestJobs({ clock, onPluginFailure: 'continue', plugins: { slow: { use: slow } } });
  const opened = opening.then(() => true);
  // Creating waits two seconds for its plugins.
  while (!(await Promise.race([opened, clock.advance(250).then(() => false)]))) {}
  await using jobs = await opening;
  const body = JSON.stringify({ type: 'late', data: {} });
  const headers = { 'content-type': 'application/json' };
  const add = () => jobs.request('/api/jobs', { method: 'POST', headers, body });
  const answer = await add();
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  const page = () => jobs.request('/mailbox', { headers: { accept: 'text/html' } });
  const early = await page();
  expect([early.status, early.headers.get('refresh')]).toEqual([503, '2']);
  finish();
  await expect.poll(async () => (await add()).status).toBe(201);
  expect((await page()).status).toBe(404);
});
