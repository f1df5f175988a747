// The functions at module level: the scope they find, and the error without one.
import { afterEach, expect, test } from 'vitest';
import { type Ambient, ambient, getQueueMetrics, registerProcessor } from './ambient.ts';

/** A scope that only answers with its own name. */
const scope = (name: string): Ambient =>
  ({ addJob: async () => ({ id: name }), registerProcessor: () => () => {} }) as unknown as Ambient;

afterEach(() => ambient.setDefault(undefined));

test('outside any job system the promise is rejected, and the error says what to do', async () => {
  await expect(getQueueMetrics()).rejects.toThrow(
    /getQueueMetrics\(\) was called outside any job system: call it inside a plugin's init\(\)/,
  );
});

test('a registration before any instance is kept, and can be undone', () => {
  const undo = registerProcessor('early', async () => {});
  const seen: string[] = [];
  const recorder = {
    ...scope('later'),
    registerProcessor: (type: string) => void seen.push(type),
  } as unknown as Ambient;
  for (const call of ambient.early()) call(recorder);
  expect(seen).toContain('early');
  void undo();
  expect(ambient.early()).toHaveLength(0);
});
