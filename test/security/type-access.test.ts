// A right to add jobs is not a right to every type: the type's own right and the host's rule are both needed, on every way to start it.

import backup from '@phraseworks/plugin-backup';
import cleanup from '@phraseworks/plugin-cleanup';
import email from '@phraseworks/plugin-email';
import image from '@phraseworks/plugin-image';
import report from '@phraseworks/plugin-report';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { byToken, headersOf, ROLES, type Role } from '../support/roles.ts';

const ACCESS = ['add', 'operate', 'administer', 'none'] as const;
const MAY: Record<Role, readonly string[]> = {
  nobody: [],
  stranger: [],
  viewer: [],
  author: ['add'],
  operator: ['add', 'operate'],
  admin: ['add', 'operate', 'administer'],
};

async function open(authorize = byToken): Promise<TestJobs> {
  const jobs = await createTestJobs({ authorize });
  for (const access of ACCESS) {
    jobs.registerProcessor(`needs-${access}`, async () => ({ success: false, error: 'no', retryable: false }), {
      access,
    });
  }
  return jobs;
}

const send = (jobs: TestJobs, role: Role, path: string, body: unknown, method = 'POST') =>
  jobs.request(path, {
    method,
    as: 'anonymous',
    headers: { ...headersOf(role), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test.each(ACCESS)('a type that needs %s can be added only with that right', async (access) => {
  await using jobs = await open();
  const type = `needs-${access}`;
  for (const role of ROLES) {
    const expected = MAY[role].includes(access) ? 201 : role === 'nobody' ? 401 : 403;
    const form = new FormData();
    form.set('job', JSON.stringify({ type, data: {} }));
    form.set('data.file', new File(['x'], 'x.txt'));
    const answers = await Promise.all([
      send(jobs, role, '/api/jobs', { type, data: {} }),
      send(jobs, role, '/api/jobs', [{ type, data: {} }]),
      jobs.request('/api/jobs', { method: 'POST', as: 'anonymous', headers: headersOf(role), body: form }),
    ]);
    expect([role, ...answers.map(({ status }) => status)]).toEqual([role, expected, expected, expected]);
  }
  const list = (await (await jobs.request('/api/types', { as: 'anonymous', headers: headersOf('author') })).json()) as {
    types: { type: string; access: string; mayAdd: boolean }[];
  };
  expect(list.types.find((one) => one.type === type)).toMatchObject({ access, mayAdd: access === 'add' });
});

test.each(ACCESS)('a job of a type that needs %s can be started again only with that right', async (access) => {
  await using jobs = await open();
  const type = `needs-${access}`;
  const { id } = await jobs.addJob({ type, data: {} });
  await jobs.idle();
  const allowed = (role: Role) => role === 'admin' || (role === 'operator' && MAY.operator.includes(access));
  for (const role of ['author', 'operator', 'admin'] as const) {
    const again = await send(jobs, role, `/api/jobs/${id}/retry`, {});
    expect([role, again.status]).toEqual([role, allowed(role) ? 200 : 403]);
    await jobs.idle();
    const changed = await send(jobs, role, `/api/jobs/${id}/retry`, { data: { other: 1 } });
    expect([role, changed.status]).toEqual([role, allowed(role) && access !== 'none' ? 200 : 403]);
    await jobs.idle();
  }
  const waits = await jobs.addJob({ type, data: {}, delay: 3_600_000 });
  const run = await send(jobs, 'operator', `/api/jobs/${waits.id}/run`, {});
  expect(run.status).toBe(allowed('operator') ? 200 : 403);
});

test('a schedule does not bypass the right of its type', async () => {
  await using jobs = await open();
  const at = { schedule: '0 1 * * *' };
  for (const access of ACCESS) {
    await jobs.scheduleJob({ name: access, ...at, jobData: { type: `needs-${access}`, data: {} } });
    const made = await send(jobs, 'admin', '/api/schedules', { type: `needs-${access}`, data: {}, ...at });
    expect([access, made.status]).toEqual([access, access === 'none' ? 403 : 201]);
    const changed = await send(jobs, 'admin', `/api/schedules/${access}`, at, 'PUT');
    expect([access, changed.status]).toEqual([access, access === 'none' ? 403 : 200]);
    const ran = await send(jobs, 'operator', `/api/schedules/${access}/run`, {});
    expect([access, ran.status]).toEqual([access, MAY.operator.includes(access) ? 201 : 403]);
  }
});

const OVERWRITES = { source: 'a.jpg', operations: [{ type: 'blur' }], outputPath: 'a.webp', overwrite: true };
const KEEPS = { ...OVERWRITES, overwrite: false };

test('a job that replaces files of other jobs requires the right to operate, however it is added', async () => {
  await using jobs = await createTestJobs({
    authorize: byToken,
    plugins: { image: { use: image } },
    storage: { files: { folder: 'nothing-is-written-here' } },
  });
  const add = (role: Role, data: unknown) => send(jobs, role, '/api/jobs', { type: 'image_process', data });
  const form = (role: Role, data: unknown) => {
    const body = new FormData();
    body.set('job', JSON.stringify({ type: 'image_process', data }));
    return jobs.request('/api/jobs', { method: 'POST', as: 'anonymous', headers: headersOf(role), body });
  };
  const keeps = { type: 'image_process', data: KEEPS };
  for (const overwrite of [true, 'original', 'yes', 1]) {
    const data = { ...OVERWRITES, overwrite };
    const answers = [await add('author', data), await form('author', data)];
    answers.push(await send(jobs, 'author', '/api/jobs', [keeps, { type: 'image_process', data }]));
    expect([overwrite, ...answers.map(({ status }) => status)]).toEqual([overwrite, 403, 403, 403]);
  }
  const refused = (await (await add('author', OVERWRITES)).json()) as { errors: unknown };
  expect(refused.errors).toEqual([{ path: 'data.overwrite', message: 'needs the "operate" permission' }]);
  expect((await add('author', KEEPS)).status).toBe(201);
  expect((await add('operator', OVERWRITES)).status).toBe(201);

  await jobs.plugins.disable('image');
  expect((await add('author', OVERWRITES)).status).toBe(403);
  expect((await add('operator', OVERWRITES)).status).toBe(201);
});

test('a schedule or a retry with other data does not bypass a field that needs the "operate" permission', async () => {
  const mayNotOperateOnPictures: typeof byToken = async (c, action) => {
    const may = await byToken(c, action);
    return action === 'operate' && may ? { where: { data: { overwrite: false } } } : may;
  };
  await using jobs = await createTestJobs({
    authorize: mayNotOperateOnPictures,
    plugins: { image: { use: image } },
    storage: { files: { folder: 'nothing-is-written-here' } },
  });
  const at = { schedule: '0 1 * * *' };
  const schedule = (data: unknown) => send(jobs, 'admin', '/api/schedules', { type: 'image_process', data, ...at });
  expect([(await schedule(KEEPS)).status, (await schedule(OVERWRITES)).status]).toEqual([201, 403]);
  const change = { jobData: { type: 'image_process', data: OVERWRITES } };
  expect((await send(jobs, 'admin', '/api/schedules/image_process', change, 'PUT')).status).toBe(403);

  const { id } = await jobs.addJob({ type: 'image_process', data: KEEPS as never });
  await jobs.idle();
  const retry = (data: unknown) => send(jobs, 'operator', `/api/jobs/${id}/retry`, { data });
  expect([(await retry(OVERWRITES)).status, (await retry(KEEPS)).status]).toEqual([403, 200]);
});

test('the mark of a field applies behind a reference, and next to a field that JSON Schema cannot describe', async () => {
  await using jobs = await createTestJobs({ authorize: byToken });
  const out = z.object({ overwrite: z.boolean().meta({ privileged: true }) }).meta({ id: 'OutOfTypeAccess' });
  jobs.registerProcessor('marked', async () => {}, { data: z.object({ at: z.coerce.date(), out }) });
  const add = async (role: Role, overwrite: boolean) =>
    (await send(jobs, role, '/api/jobs', { type: 'marked', data: { at: '2026-01-01', out: { overwrite } } })).status;
  expect([await add('author', true), await add('author', false), await add('operator', true)]).toEqual([403, 201, 201]);
});

test('a filter applies to the type and data of each added job', async () => {
  await using jobs = await open((_c, action) => ({
    ...(action === 'add' ? { where: { types: ['needs-add'], data: { site: 'mine' } } } : {}),
  }));
  const add = async (body: unknown) => (await send(jobs, 'author', '/api/jobs', body)).status;
  const [mine, other] = ['mine', 'other'].map((site) => ({ type: 'needs-add', data: { site } }));
  expect([await add(mine), await add(other), await add([mine, other])]).toEqual([201, 403, 403]);
  expect((await jobs.listJobs()).jobs).toHaveLength(1);
});

test('plugin types that send or change things need more than the right to add jobs', async () => {
  const folder = 'nothing-is-written-here';
  await using jobs = await createTestJobs({
    authorize: byToken,
    plugins: {
      backup: { use: backup },
      cleanup: { use: cleanup },
      email: { use: email, config: { mailbox: { port: 0 } } },
      image: { use: image },
      report: { use: report },
    },
    storage: { backups: { folder }, files: { folder }, reports: { folder } },
  });
  const { types } = (await (
    await jobs.request('/api/types', { as: 'anonymous', headers: headersOf('admin') })
  ).json()) as { types: { type: string; access: string }[] };
  expect(Object.fromEntries(types.map(({ type, access }) => [type, access]))).toEqual({
    backup: 'administer',
    backup_verify: 'administer',
    backup_restore: 'administer',
    cleanup: 'administer',
    email: 'operate',
    email_campaign: 'operate',
    image_batch: 'add',
    image_process: 'add',
    'jobs.bulk': 'none',
    report: 'operate',
  });
  const data = { type: 'daily_summary', recipients: ['eve@evil.example'] };
  expect((await send(jobs, 'author', '/api/jobs', { type: 'report', data })).status).toBe(403);
  expect((await send(jobs, 'operator', '/api/jobs', { type: 'report', data, delay: 3_600_000 })).status).toBe(201);
});
