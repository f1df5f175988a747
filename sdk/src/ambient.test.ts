// The functions at module level: the error without a scope.
import { expect, test } from 'vitest';
import { getQueueMetrics } from './ambient.ts';

test('outside any job system the promise is rejected, and the error says what to do', async () => {
  await expect(getQueueMetrics()).rejects.toThrow(
    /getQueueMetrics\(\) was called outside any job system: call it inside a plugin's init\(\)/,
  );
});
