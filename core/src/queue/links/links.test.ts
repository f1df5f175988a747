import type { NewJob } from '@phraseworks/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CoreKit, openCore } from '../../../test/core-kit.ts';

let kit: CoreKit;
let ran: string[];
let callbacks: { type: string; data: { batch: string; counts: object } }[];
let fails: Set<string>;

beforeEach(async () => {
  ran = [];
  callbacks = [];
  fails = new Set();
  kit = await openCore({ queue: { maxConcurrentJobs: 20 } });
  const step = async ({ n }: { n: string }) => {
    ran.push(n);
    if (fails.has(n)) throw new Error(`${n} fails`);
    return { n };
  };
  kit.register('step', step as never, { maxRetries: 0 });
  for (const type of ['ended', 'succeeded', 'failed'])
    kit.register(type, (async (data: never) => void callbacks.push({ type, data })) as never);
  await kit.core.startWorker();
});
afterEach(() => kit.close());

const APP = { plugin: null };
const app = () => APP;
const step = (n: string, more: Partial<NewJob> = {}): NewJob => ({ type: 'step', data: { n }, ...more });
const CALLBACKS = { onEnd: 'ended', onSuccess: 'succeeded', onFailure: 'failed' } as const;

/** Until nothing is under way. */
async function rest(): Promise<void> {
  for (let i = 0; i < 12; i += 1) {
    await kit.idle();
    await kit.clock.advance(20);
  }
}
const called = (): string[] => callbacks.map(({ type }) => type);

describe('order', () => {
  test('a job runs after those that it names, with their results', async () => {
    let results: unknown;
    kit.register('last', (async (_data: unknown, _id: string, _n: number, job: { results(): Promise<unknown> }) => {
      ran.push('last');
      results = await job.results();
    }) as never);
    fails.add('a');
    const a = await kit.add(step('a', { maxRetries: 1, retryDelay: 1_000 }));
    await rest();
    const b = await kit.add(step('b'));
    await rest();
    const last = await kit.add({ type: 'last', data: null, after: [a, b] });
    expect(await kit.state(last)).toBe('blocked');
    expect(await kit.core.queries.why(last)).toBe(`Blocked: it runs after job ${a} (step), which is pending.`);
    fails.clear();
    await kit.clock.advance(1_000);
    await rest();
    expect(ran).toEqual(['a', 'b', 'a', 'last']);
    expect(results).toEqual({ [a]: { n: 'a' }, [b]: { n: 'b' } });
  });

  test('a job whose predecessor fails is cancelled, and a retry of that one puts it back', async () => {
    fails.add('a');
    const jobs = await kit.core.queue.addGraph(
      {
        c: step('c', { after: ['b'] }) as never,
        b: step('b', { after: ['a'] }) as never,
        a: step('a') as never,
        d: step('d', { after: ['a'], onFailed: 'run' }) as never,
      },
      APP,
    );
    await rest();
    expect(ran).toEqual(['a', 'd']);
    const { a, b, c } = jobs as Record<string, { id: string }>;
    expect([await kit.state(b?.id ?? ''), await kit.state(c?.id ?? '')]).toEqual(['cancelled', 'cancelled']);
    expect(await kit.core.queries.why(c?.id ?? '')).toBe(
      `Cancelled: it was to run after job ${b?.id} (step), which is cancelled.`,
    );
    fails.clear();
    await kit.core.actions.retry(a?.id ?? '', {});
    await rest();
    expect(ran).toEqual(['a', 'd', 'a', 'b', 'c']);
  });

  test('circles, unknown jobs and options without a job to wait for are refused with their place', async () => {
    const graph = { a: step('a', { after: ['c'] }), b: step('b', { after: ['a'] }), c: step('c', { after: ['b'] }) };
    await expect(kit.core.queue.addGraph(graph as never, APP)).rejects.toThrow(
      'a.after makes a circle: a after c after b after a',
    );
    const unknown = '01900000-0000-7000-8000-000000000000';
    await expect(kit.add(step('a', { after: [unknown] }))).rejects.toThrow('after[0] is not a known job');
    await expect(kit.add(step('a', { onFailed: 'run' }))).rejects.toThrow('onFailed needs after');
  });
});

describe('batches', () => {
  test('each callback is added once, with the counts', async () => {
    fails.add('b');
    const batch = await kit.core.batches.add(
      { name: 'import', data: { file: 'x' }, ...CALLBACKS },
      [step('a'), step('b')],
      app,
    );
    await rest();
    expect(called().sort()).toEqual(['ended', 'failed']);
    expect(callbacks.find(({ type }) => type === 'ended')?.data).toEqual({
      batch: batch.id,
      name: 'import',
      data: { file: 'x' },
      counts: { total: 2, completed: 1, failed: 1, cancelled: 0 },
    });
    expect(await kit.core.batches.get(batch.id, app)).toMatchObject({ status: 'failed', counts: { failed: 1 } });
    fails.clear();
    await batch.retryFailed();
    await rest();
    expect(called().sort()).toEqual(['ended', 'failed', 'succeeded']);
    expect(await kit.core.batches.get(batch.id, app)).toMatchObject({ status: 'completed', task: null });
  });

  test('an open batch ends only once it is closed, and its jobs may wait for that', async () => {
    const batch = await kit.core.batches.add(
      { name: 'night', onEnd: 'ended', open: true, start: 'closed' },
      [step('a')],
      app,
    );
    const [first] = await batch.add([step('b')]);
    await batch.add([step('c', { after: [first?.id ?? ''] })]);
    await rest();
    expect(ran).toEqual([]);
    expect(await kit.core.queries.why(first?.id ?? '')).toBe('Blocked: it starts when its batch "night" is closed.');
    await batch.close();
    await rest();
    expect(ran).toEqual(['a', 'b', 'c']);
    expect(called()).toEqual(['ended']);
    await expect(batch.add([step('d')])).rejects.toThrow('The batch is closed');
  });

  test('a cancelled batch runs nothing more, and ends', async () => {
    const batch = await kit.core.batches.add(
      { name: 'x', ...CALLBACKS, open: true, start: 'closed' },
      [step('a'), step('b')],
      app,
    );
    await batch.cancel();
    await rest();
    expect(ran).toEqual([]);
    expect(called()).toEqual(['ended']);
    expect(await kit.core.batches.get(batch.id, app)).toMatchObject({
      status: 'cancelled',
      counts: { total: 2, cancelled: 2 },
    });
  });

  test('no job of a large batch that is cancelled before it was closed starts until its turn to be cancelled', async () => {
    const steps = Array.from({ length: 1_000 }, (_, n) => step(`${n}`));
    const batch = await kit.core.batches.add({ name: 'x', open: true, start: 'closed' }, steps, app);
    await batch.cancel();
    await rest();
    expect(ran).toEqual([]);
    expect(await kit.core.batches.get(batch.id, app)).toMatchObject({ counts: { total: 1_000, cancelled: 1_000 } });
  });

  test('an empty batch succeeds at once', async () => {
    await kit.core.batches.add({ name: 'none', ...CALLBACKS }, [], app);
    await rest();
    expect(called().sort()).toEqual(['ended', 'succeeded']);
  });
});
