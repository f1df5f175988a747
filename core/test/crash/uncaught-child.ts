// A process with one job that fails in a timer, and then an error that belongs to no job: told by JSON whose.
import { systemClock } from '../../src/kernel/clock.ts';
import { realCore } from './real-core.ts';

export interface UncaughtOrders {
  database: string;
  /** Who fails after the job: the host in a timer of its own, or the core in one that a processor asked it for. */
  fails: 'host' | 'core';
  /** The host handles what nothing else catches. */
  hostListens: boolean;
}

const { database, fails, hostListens } = JSON.parse(process.argv[2] ?? '') as UncaughtOrders;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const fail = (message: string) => (): never => {
  throw new Error(message);
};

if (hostListens) process.on('uncaughtException', (error) => say(`heard ${error.message}`));
const core = await realCore(database, {});
core.registry.register({
  type: 'fails',
  plugin: null,
  options: { maxRetries: 0 },
  enter: (fn) => fn(),
  processor: async (_data, _id, _attempt, job) => {
    job.signal.addEventListener('abort', () => say(`signal ${job.signal.reason.why}`));
    if (fails === 'core') systemClock.after(4_000, fail('the core failed'));
    setTimeout(fail('the job failed'), 5);
    await new Promise(() => {});
  },
});
core.ledger.feed.onCommit((events) => {
  for (const { event } of events) {
    if (event.event !== 'job_failed') continue;
    say(`over ${event.reason}: ${event.error}`);
    if (fails === 'host') setTimeout(fail('the host failed'), 5);
  }
});
await core.open();
await core.startWorker();
await core.queue.add({ type: 'fails', data: {} }, { plugin: null });
