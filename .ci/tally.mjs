// Prints the slowest test files and "N passed, N failed, N skipped" from vitest's JSON report; exits with 1 unless every test that ran passed.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** Files named as the slowest. */
const SLOWEST = 20;

let report = {
  success: false,
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
};
try {
  report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
} catch {
  console.log('vitest left no report: no test ran to its end');
}

// A file counts once for all projects that run it.
const seconds = new Map();
for (const { name = '', startTime = 0, endTime = 0 } of report.testResults) {
  const file = relative(process.cwd(), name);
  seconds.set(file, (seconds.get(file) ?? 0) + (endTime - startTime) / 1_000);
}
const slowest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
for (const [file, time] of slowest) console.log(`${time.toFixed(0).padStart(5)} s  ${file}`);

// A file that cannot be loaded has no failing test, and an error outside all tests fails no file.
const brokenFiles = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
const counted = report.numFailedTests + brokenFiles.length;
const failed = report.success ? counted : Math.max(counted, 1);

console.log(
  `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`,
);
process.exitCode = report.success ? 0 : 1;
