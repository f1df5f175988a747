// Who may write a path: the rule, and the table that decides between jobs.
import { describe, expect, test } from 'vitest';
import { memoryOutputs } from '../test/kit.ts';
import type { OutputRow } from './outputs.ts';
import { refusal } from './outputs.ts';

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
  const claim = { path: 'a/b.webp', jobId: 'job-1', overwrite: false, exists: true, now: NOW };

  test.each([
    ['nothing there', undefined, { exists: false }, null],
    ["somebody else's file", undefined, { overwrite: true }, 'not made by this plugin'],
    ['its own file', row(), {}, null],
    ['its own row without a file', row(), { exists: false }, null],
    ["another job's file", row({ job_id: 'job-2' }), {}, 'made by another job'],
    ["another job's file, overwrite", row({ job_id: 'job-2' }), { overwrite: true }, null],
    [
      "another job's row, its file not written yet",
      row({ job_id: 'job-2' }),
      { exists: false, now: NOW + 60_000 },
      'made by another job',
    ],
    ["another job's row, its file long gone", row({ job_id: 'job-2' }), { exists: false, now: NOW + 60_001 }, null],
  ])('%s', (_what, held, more, expected) => {
    const message = refusal(held, { ...claim, ...more });
    if (expected === null) expect(message).toBeNull();
    else expect(message).toContain(expected);
  });
});

describe('the table', () => {
  const free = { overwrite: false, exists: false };

  test('of many jobs that claim one path at once, one gets it', async () => {
    const outputs = await memoryOutputs();
    const claims = Array.from({ length: 10 }, (_, i) => outputs.claim(row({ job_id: `job-${i}` }), free));
    const outcomes = await Promise.allSettled(claims);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code).filter(Boolean);
    expect(codes).toEqual(Array(9).fill('OUTPUT_EXISTS'));
  });

  test('a job that claims again changes its row', async () => {
    const outputs = await memoryOutputs();
    await outputs.claim(row(), free);
    await outputs.claim(row({ bytes: 50, made_at: NOW + 1 }), { overwrite: false, exists: true });
    expect(await outputs.newest(10)).toEqual([row({ bytes: 50, made_at: NOW + 1 })]);
  });

  test('the newest come first, and the totals cover all', async () => {
    const outputs = await memoryOutputs();
    expect(await outputs.totals()).toEqual({ files: 0, bytes: 0, sourceBytes: 0 });
    for (let i = 0; i < 5; i++) await outputs.claim(row({ path: `${i}.webp`, made_at: NOW + i }), free);
    expect((await outputs.newest(2)).map(({ path }) => path)).toEqual(['4.webp', '3.webp']);
    expect(await outputs.totals()).toEqual({ files: 5, bytes: 500, sourceBytes: 5_000 });
  });
});
