// Says at the end of a test run what was skipped, and why.
import type { Reporter, TestModule } from 'vitest/node';

/** Names this many files, and gives only the number of the rest. */
const NAMED = 3;

export default class SkippedReporter implements Reporter {
  readonly #leftOut;

  /** `leftOut`: the slow suites that this run leaves out. */
  constructor(leftOut: readonly string[] = []) {
    this.#leftOut = leftOut;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = new Map<string, string[]>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const reason = (result.state === 'skipped' && result.note) || 'no reason given';
        const where = `${module.relativeModuleId} (${module.project.name})`;
        skipped.set(reason, [...(skipped.get(reason) ?? []), where]);
      }
    }
    if (skipped.size > 0 || this.#leftOut.length > 0) console.log('\nSkipped:');
    if (this.#leftOut.length > 0) console.log(`  ${this.#leftOut.join(', ')}: slow, set JOBS_TEST_CI=1`);
    for (const [reason, where] of skipped) console.log(`  ${where.length} in ${placesOf(where)}: ${reason}`);
  }
}

function placesOf(where: readonly string[]): string {
  const files = [...new Set(where)];
  return files.length > NAMED ? `${files.length} files` : files.join(', ');
}
