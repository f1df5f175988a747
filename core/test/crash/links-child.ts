// A process that adds or runs batches of jobs that wait for each other, and notes in a ledger outside the database what ran; workers are meant to be killed.
import { appendFileSync } from 'node:fs';
import { pause, systemClock } from '../../src/kernel/clock.ts';
import type { LinkOrders } from './links-storm.ts';
import { realCore } from './real-core.ts';

const orders = JSON.parse(process.argv[2] ?? '') as LinkOrders;

// The test has ended, however it did: without this, the process would run on.
process.stdin.resume().once('end', () => process.exit(1));

const note = (...parts: (string | number)[]): void =>
  appendFileSync(orders.ledger, `${parts.join(' ')} ${process.hrtime.bigint()}\n`);

const core = await realCore(orders.database, { sweepInterval: 500 });
const register = (type: string, processor: unknown): void => {
  const options = { maxRetries: 0, retryDelay: 50 };
  core.registry.register({ type, plugin: null, options, enter: (fn) => fn(), processor: processor as never });
};
type Once = { once(key: string, fn: () => unknown): Promise<unknown> };
register('item', async ({ n }: { n: number }, id: string, _attempt: number, job: Once) => {
  note('R', id);
  let isFirst = false;
  await job.once('first', () => {
    isFirst = true;
  });
  await pause(systemClock, 1 + (n % 5) * 2);
  note('E', id);
  if (n % 13 === 0 && isFirst) throw new Error('once');
});
for (const type of ['onEnd', 'onSuccess', 'onFailure']) register(type, async () => {});
await core.open();
process.stdout.write('ready\n');

if (orders.role === 'worker') {
  core.startListening();
  await core.startWorker();
} else {
  const app = { plugin: null };
  const callbacks = { onEnd: 'onEnd', onSuccess: 'onSuccess', onFailure: 'onFailure' };
  const ids: string[] = [];
  let n = orders.slot;
  const item = () => {
    n += 2;
    return { type: 'item', data: { n } };
  };
  for (let i = 1; i <= orders.jobs; i += 1) {
    const after = (...names: string[]) => (orders.control ? {} : { after: names });
    const isOpen = i % 2 === 0;
    const batch = await core.batches.add(
      { name: `${i}`, ...callbacks, open: isOpen, ...(i % 4 === 0 ? { start: 'closed' as const } : {}) },
      [item(), item(), item()],
      () => app,
    );
    ids.push(batch.id);
    if (isOpen) {
      const fork = { a: item(), b: { ...item(), ...after('a') }, c: { ...item(), ...after('a') } };
      const jobs = await batch.addGraph({ ...fork, d: { ...item(), ...after('b', 'c') } });
      note('A', jobs.a.id, jobs.b.id);
      note('A', jobs.a.id, jobs.c.id);
      note('A', jobs.b.id, jobs.d.id);
      note('A', jobs.c.id, jobs.d.id);
      await batch.close();
    }
    if (i % 5 === 0) await core.batches.begin(ids[i - 4] ?? '', 'retry', null);
    if (i % 11 === 0) await core.batches.begin(ids[i - 1] ?? '', 'cancel', null);
    await pause(systemClock, orders.pace);
  }
  process.stdout.write('done\n');
  process.exit(0);
}
