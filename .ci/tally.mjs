// Prints "N passed, N failed, N skipped" from vitest's JSON report; exits with 1 unless every test that ran passed.
import { readFileSync } from 'node:fs';

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
