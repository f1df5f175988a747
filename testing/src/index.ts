// What a plugin's tests hold. Needs vitest.
export { type ContractOptions, pluginContract } from './contract.ts';
export { createTestJobs, type Performed, type TestJobs, type TestOptions, type TestUser } from './create-test-jobs.ts';
export { ManualClock, turn } from './manual-clock.ts';
