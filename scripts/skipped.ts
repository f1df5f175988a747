// Says at the end of a test run what was skipped, and why.
import type { Reporter, TestModule } from 'vitest/node';

export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const reason = result.state === 'skipped' ? result.note : undefined;
        const line = `${module.relativeModuleId}: ${reason ?? 'no reason given'}`;
        counts.set(line, (counts.get(line) ?? 0) + 1);
      }
    }
    if (counts.size > 0) console.log('\nSkipped:');
    for (const [line, count] of counts) console.log(`  ${count} in ${line}`);
  }
}
