// The figures for reports: pictures and bytes of a period, by day.
import { expect, test } from 'vitest';
import { engineOutputs } from '../test/engine.ts';
import { imageFigures } from './outputs.ts';

const DAY = 86_400_000;
const START = 1_767_225_600_000;

const filled = async () => {
  const outputs = await engineOutputs();
  const rows: [day: number, source: number, bytes: number][] = [
    [-0.001, 1_000, 1],
    [0, 1_000, 400],
    [0.5, 1_000, 1_500],
    [2, 0, 300],
    [6.999, 5_000, 1_000],
    [7, 1_000, 1],
  ];
  for (const [index, [day, source_bytes, bytes]] of rows.entries()) {
    const made_at = START + Math.floor(day * DAY);
    const row = {
      path: `${index}.webp`,
      job_id: 'j',
      bytes,
      source_bytes,
      width: 1,
      height: 1,
      format: 'webp' as const,
    };
    await outputs.claim({ ...row, made_at }, { overwrite: false, exists: false });
  }
  return outputs;
};

test('a week counts its pictures and bytes by day, and nothing outside it', async () => {
  expect(await imageFigures(await filled(), { from: START, to: START + 7 * DAY })).toEqual([
    {
      key: 'image.pictures',
      section: 'Images',
      label: 'Pictures made',
      unit: 'count',
      better: 'neither',
      value: 4,
      days: [2, 0, 1, 0, 0, 0, 1],
    },
    {
      key: 'image.saved',
      section: 'Images',
      label: 'Bytes saved',
      unit: 'bytes',
      better: 'more',
      value: 4_600,
      days: [600, 0, 0, 0, 0, 0, 4_000],
    },
  ]);
});
