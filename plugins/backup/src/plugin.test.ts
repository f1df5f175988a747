// The plugin in a whole instance: backups of the specification, verified, listed, downloaded, and deleted by age.
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pluginContract } from '@phraseworks/testing';
import { afterAll, expect, test } from 'vitest';
import { site } from '../test/kit.ts';
import backup from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'pwj-backup-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
pluginContract(backup, { host: { storage: { backups: { folder } } } });

test("the specification's backup is made, restored into a copy, compared, and kept with its checksum", async () => {
  await using here = await site();
  const result = await here.backup({ type: 'database', retention: '30 days' });
  expect(result).toMatchObject({
    ...{ state: 'verified', verified: true, restoreTested: '2026-01-01T00:00:00.000Z', missing: [], deleted: [] },
    contains: { databases: [{ name: 'jobs' }], folders: [] },
  });
  expect(result.rows).toBeGreaterThan(0);
  expect(await here.files()).toEqual([result.file]);
  const { mode, size } = await stat(join(here.folder, result.file));
  expect(mode & 0o777).toBe(0o600);
  expect(size).toBe(result.bytes);
  expect(await here.list()).toMatchObject([
    { id: result.id, state: 'verified', sha256: result.sha256, type: 'database', encrypted: false },
  ]);

  const download = await here.jobs.request(`/plugins/backup/backups/${result.id}/download`);
  const bytes = Buffer.from(await download.arrayBuffer());
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.sha256);
  expect((await here.jobs.request(`/plugins/backup/backups/${result.id}/download`, { as: 'user' })).status).toBe(403);
});

test('a request for a backup while one waits or runs returns that one, and a later one makes another', async () => {
  await using here = await site();
  const ask = async (body?: object) => {
    const init = body ? { body: JSON.stringify(body) } : {};
    const answer = await here.jobs.request('/plugins/backup/backups', { method: 'POST', ...init });
    return (await answer.json()) as { jobId: string; outcome: string };
  };
  const { jobId, outcome } = await ask();
  expect(outcome).toBe('added');
  expect(await ask({ type: 'database', retention: '30 days' })).toEqual({ jobId, outcome: 'kept' });
  await here.jobs.idle();
  expect(await ask()).toMatchObject({ outcome: 'added' });
  await here.jobs.idle();
  expect(await here.files()).toHaveLength(2);
});
