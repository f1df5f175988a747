// The formulas of the page about scaling give the predictions of the table below them.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
const CORES = 2;

interface Costs {
  job: number;
  peer: number;
  kilobyte: number;
  follower: number;
}

/** Microseconds, from the formula of a limit. */
function costsOf(limit: string): Costs {
  const found = new RegExp(
    `^\\| ${limit} .*/ \\(([\\d.]+) \\+ ([\\d.]+) .*\\+ ([\\d.]+) .*\\+ ([\\d.]+) \\* f\\)`,
    'm',
  ).exec(page);
  const [job = 0, peer = 0, kilobyte = 0, follower = 0] = (found ?? []).slice(1).map(Number);
  return { job, peer, kilobyte, follower };
}

test('the formulas of the model give the predictions of its table', () => {
  const [own, cores] = [costsOf('the process'), costsOf('the cores')];
  const rows = [...page.matchAll(/^\| (\d+) +\| (\d+) (k?B) +\| (\d+) +\| ([\d,]+) +\| [\d,]+ +\|/gm)].map((row) => {
    const [processes, size, followers, predicted] = [row[1], row[2], row[4], row[5]?.replace(',', '')].map(Number);
    const [n = 0, bytes = 0, f = 0] = [processes, row[3] === 'kB' ? (size ?? 0) * 1_000 : size, followers];
    const cost = ({ job, peer, kilobyte, follower }: Costs) =>
      job + peer * (n - 1) + (kilobyte * (bytes - 200)) / 1_000 + follower * f;
    return { predicted, given: Math.min((n * 1e6) / cost(own), (CORES * 1e6) / cost(cores)) };
  });
  expect(rows).toHaveLength(5);
  for (const { predicted = 0, given } of rows) expect(Math.abs(given / predicted - 1)).toBeLessThan(0.005);
});
