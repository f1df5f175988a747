// The functions at module level: the scope they find, and the error without one.
import { afterEach, expect, test } from 'vitest';
import { type Ambient, addJob, ambient, getQueueMetrics, registerProcessor } from './ambient.ts';

/** A scope that only answers with its own name. */
const scope = (name: string): Ambient =>
  ({ addJob: async () => ({ id: name }), registerProcessor: () => () => {} }) as unknown as Ambient;

const job = { type: 'x', data: {} };

afterEach(() => ambient.setDefault(undefined));

test('outside any job system the promise is rejected, and the error says what to do', async () => {
  await expect(getQueueMetrics()).rejects.toThrow(
    /getQueueMetrics\(\) was called outside any job system: call it inside a plugin's init\(\)/,
  );
});

test('the current scope takes precedence over the default instance', async () => {
  ambient.setDefault(scope('default'));
  expect(await addJob(job)).toEqual({ id: 'default' });
  expect(await ambient.run(scope('inner'), () => addJob(job))).toEqual({ id: 'inner' });
});

test('two simultaneous scopes do not see each other', async () => {
  const ask = (name: string) =>
    ambient.run(scope(name), async () => {
      await Promise.resolve();
      return (await addJob(job)).id;
    });
  expect(await Promise.all([ask('a'), ask('b')])).toEqual(['a', 'b']);
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
