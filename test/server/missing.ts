// A test that needs what this machine may not have says so: it is skipped, or fails where skipping is forbidden.
import type { TestContext } from 'vitest';

/** With `JOBS_TEST_FORBID_SKIPS=1` nothing may be missing. */
export const skipsForbidden = (): boolean => process.env.JOBS_TEST_FORBID_SKIPS === '1';

export function skipWhere(missing: boolean, what: string, { skip }: Pick<TestContext, 'skip'>): void {
  if (!missing) return;
  if (skipsForbidden()) throw new Error(what);
  skip(what);
}
