// Which job may write a path: the rule, and the table that decides.
import { describe, expect, test } from 'vitest';
import { engineOutputs } from '../test/engine.ts';
import { type Claim, refusal } from './outputs.ts';
import type { OutputRow } from './tables.ts';

const NOW = 1_767_225_600_000;
const row = (more: Partial<OutputRow> = {}): OutputRow => ({
  path: 'a/b.webp',
  job_id: 'job-1',
  bytes: 100,
  source_bytes: 1_000,
  width: 10,
  height: 20,
  format: 'webp',
  made_at: NOW,
  ...more,
});

describe('the rule', () => {
  const claim = { path: 'a/b.webp', jobId: 'job-1', overwrite: false, exists: true };

  test.each([
    ['no file', undefined, { exists: false }, null],
    ['a foreign file', undefined, { overwrite: true }, 'not made by this plugin'],
    ['its own file', row(), {}, null],
    ['its own row without a file', row(), { exists: false }, null],
    ["another job's file", row({ job_id: 'job-2' }), {}, 'made by another job'],
    ["another job's file, overwrite", row({ job_id: 'job-2' }), { overwrite: true }, null],
    [
      "another job's row, its file not written yet",
      row({ job_id: 'job-2' }),
      { exists: false, isRunning: true },
      'made by another job',
    ],
    ["another job's row, its file gone", row({ job_id: 'job-2' }), { exists: false }, null],
  ])('%s', (_what, held, { isRunning = false, ...more }: Partial<Claim> & { isRunning?: boolean }, expected) => {
    const message = refusal(held, { ...claim, ...more }, isRunning);
    if (expected === null) expect(message).toBeNull();
    else expect(message).toContain(expected);
  });
});

describe('the table', () => {
  const free = { overwrite: false, exists: false };

  test('only one of many jobs that claim one path at once gets it', async () => {
    const outputs = await engineOutputs(async () => true);
    const claims = Array.from({ length: 10 }, (_, i) => outputs.claim(row({ job_id: `job-${i}` }), free));
    const outcomes = await Promise.allSettled(claims);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code).filter(Boolean);
    expect(codes).toEqual(Array(9).fill('OUTPUT_EXISTS'));
  });

  test('a path stays claimed while its job runs, and is free once the job ended without a file', async () => {
    const running = new Set(['job-1']);
    const outputs = await engineOutputs(async (id) => running.has(id));
    await outputs.claim(row(), free);
    const later = row({ job_id: 'job-2', made_at: NOW + 600_000 });
    await expect(outputs.claim(later, free)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    running.clear();
    expect(await outputs.claim(later, free)).toMatchObject({ job_id: 'job-1' });
  });

  test('names that differ in case are two files, as on disk', async () => {
    const outputs = await engineOutputs();
    await outputs.claim(row({ path: 'a/Photo.webp' }), free);
    await outputs.claim(row({ path: 'a/photo.webp', job_id: 'job-2' }), free);
    expect((await outputs.find('a/Photo.webp'))?.job_id).toBe('job-1');
    expect((await outputs.find('a/photo.webp'))?.job_id).toBe('job-2');
  });

  test('a job that claims again changes its row', async () => {
    const outputs = await engineOutputs();
    await outputs.claim(row(), free);
    await outputs.claim(row({ bytes: 50, made_at: NOW + 1 }), { overwrite: false, exists: true });
    expect(await outputs.newest(10)).toEqual([row({ bytes: 50, made_at: NOW + 1 })]);
  });

  test('a claim that is released leaves the previous row', async () => {
    const outputs = await engineOutputs();
    await outputs.release(row(), await outputs.claim(row(), free));
    expect(await outputs.find('a/b.webp')).toBeUndefined();
    await outputs.claim(row(), free);
    const next = row({ job_id: 'job-2', bytes: 7 });
    await outputs.release(next, await outputs.claim(next, { overwrite: true, exists: true }));
    const [left] = await outputs.newest(10);
    expect(left).toMatchObject({ job_id: 'job-1', path: 'a/b.webp' });
    expect(Number(left?.bytes)).toBe(100);
  });

  test('the newest are listed first, and the totals cover all', async () => {
    const outputs = await engineOutputs();
    expect(await outputs.totals()).toEqual({ pictures: 0, bytes: 0, saved: 0 });
    for (let i = 0; i < 5; i++) await outputs.claim(row({ path: `${i}.webp`, made_at: NOW + i }), free);
    expect((await outputs.newest(2)).map(({ path }) => path)).toEqual(['4.webp', '3.webp']);
    expect(await outputs.totals()).toEqual({ pictures: 5, bytes: 500, saved: 4_500 });
  });
});
