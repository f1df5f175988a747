// A suspect runs alone: nothing runs next to it, other jobs get their share of time, and its turn comes.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setColumns } from '../../test/by-hand.ts';
import { type CoreKit, openCore } from '../../test/core-kit.ts';

let kit: CoreKit;
/** The running jobs by id, each with a function that ends it. */
let running: Map<string, () => void>;
/** The jobs that ran at the same time as each job. */
let company: Map<string, Set<string>>;

beforeEach(async () => {
  running = new Map();
  company = new Map();
  kit = await openCore({ queue: { maxConcurrentJobs: 3 } });
  kit.register('t', async (_data, id) => {
    company.set(id, new Set(running.keys()));
    for (const other of running.keys()) company.get(other)?.add(id);
    await new Promise<void>((resolve) => running.set(id, resolve));
    running.delete(id);
  });
  await kit.core.startWorker();
});
afterEach(() => kit.close());

const others = async (n: number): Promise<string[]> => {
  const jobs = await kit.core.queue.addMany(
    Array.from({ length: n }, () => ({ type: 't', data: {} })),
    { plugin: null },
  );
  await kit.idle();
  return jobs.map(({ id }) => id);
};

/** A job that was running in two crashes. */
async function suspect(): Promise<string> {
  const id = await kit.add({ type: 't', data: {}, delay: 10 });
  await setColumns(kit.dialect.db, id, { crashes: 2 });
  await kit.clock.advance(10);
  await kit.idle();
  return id;
}

async function end(...ids: string[]): Promise<void> {
  for (const id of ids) running.get(id)?.();
  await kit.idle();
}

describe('a suspect', () => {
  test('starts once running jobs have ended, runs alone, and the other jobs continue after it', async () => {
    const [first, second] = await others(2);
    const id = await suspect();
    const later = await others(2);
    expect([...running.keys()]).toEqual([first, second]);
    await end(first as string);
    expect([...running.keys()]).toEqual([second]);
    await end(second as string);
    expect([...running.keys()]).toEqual([id]);
    expect(await kit.row(id)).toMatchObject({ started_run: 1, alone_run: 1 });
    await end(id);
    expect([...running.keys()]).toEqual(later);
    expect([await kit.state(id), company.get(id)]).toEqual(['completed', new Set()]);
  });

  test('waits five seconds, then the other jobs get five, then ten each: neither side starves', async () => {
    const [long] = await others(1);
    const id = await suspect();
    const [waits] = await others(1);
    expect([...running.keys()]).toEqual([long]);
    await kit.clock.advance(5_000);
    await kit.idle();
    expect([...running.keys()]).toEqual([long, waits]);
    expect(await kit.row(id)).toMatchObject({ state: 'scheduled', attempt: 0, crashes: 2 });
    await end(waits as string);
    await kit.clock.advance(5_100);
    await kit.idle();
    const [again] = await others(1);
    expect([...running.keys()]).toEqual([long]);
    await kit.clock.advance(9_000);
    await end(long as string);
    expect([...running.keys()]).toEqual([id]);
    await end(id);
    expect([...running.keys()]).toEqual([again]);
  });

  test('never starts if it is cancelled while it waits, and the process claims again', async () => {
    const [first] = await others(1);
    const id = await suspect();
    await kit.core.actions.cancel(id, null);
    await kit.core.wakeup.check();
    await kit.core.lease.check();
    await kit.idle();
    const [other] = await others(1);
    expect([...running.keys()]).toEqual([first, other]);
    expect(await kit.state(id)).toBe('cancelled');
  });

  test('does not count as alone next to a processor that ignored its signal', async () => {
    const job = { type: 't', data: {}, timeout: 1_000, maxRetries: 0 };
    const { id: stuck } = await kit.core.queue.add(job, { plugin: null });
    await kit.idle();
    await kit.clock.advance(3_001);
    await kit.idle();
    const id = await suspect();
    await others(1);
    expect([...running.keys()]).toEqual([stuck, id]);
    expect(await kit.row(id)).toMatchObject({ started_run: 1, alone_run: null });
    await end(stuck, id);
  });
});
