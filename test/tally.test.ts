// The closing lines of a run are correct, even if a test file failed to load.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const tally = fileURLToPath(new URL('../.ci/tally.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tally-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function closing(name: string, report?: unknown) {
  const path = join(folder, `${name}.json`);
  if (report !== undefined) writeFileSync(path, JSON.stringify(report));
  const { stdout, status } = spawnSync(process.execPath, [tally, path], { encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), status };
}

function closingLine(name: string, report?: unknown) {
  const { lines, status } = closing(name, report);
  return { line: lines.at(-1), status };
}

const counts = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1 };
const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

test('a run in which every test passed succeeds and counts the skipped ones', () => {
  const report = { ...counts, success: true, testResults: [file('passed', 'passed', 'skipped')] };
  expect(closingLine('good', report)).toEqual({ line: '7 passed, 0 failed, 3 skipped', status: 0 });
});

test('a file that failed to load counts as one failure', () => {
  const testResults = [file('failed'), file('failed', 'failed', 'passed')];
  const report = { ...counts, numFailedTests: 1, success: false, testResults };
  expect(closingLine('broken', report)).toEqual({ line: '7 passed, 2 failed, 3 skipped', status: 1 });
});

test('an error outside all tests counts as a failure', () => {
  const report = { ...counts, success: false, testResults: [file('passed', 'passed')] };
  expect(closingLine('stray', report)).toEqual({ line: '7 passed, 1 failed, 3 skipped', status: 1 });
});

test('a run without a report has failed', () => {
  expect(closingLine('missing')).toEqual({ line: '0 passed, 1 failed, 0 skipped', status: 1 });
});

test('the slowest files are named first, each once for all the projects that ran it', () => {
  const ran = (name: string, seconds: number) => ({
    ...file('passed', 'passed'),
    name: join(process.cwd(), name),
    startTime: 1_000,
    endTime: 1_000 + seconds * 1_000,
  });
  const testResults = [ran('quick.test.ts', 8), ran('slow.test.ts', 5), ran('slow.test.ts', 6)];
  expect(closing('slow', { ...counts, success: true, testResults }).lines).toEqual([
    '   11 s  slow.test.ts',
    '    8 s  quick.test.ts',
    '7 passed, 0 failed, 3 skipped',
  ]);
});
