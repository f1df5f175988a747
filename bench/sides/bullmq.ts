// BullMQ on a Redis that waits for the disk.
import { Queue, Worker } from 'bullmq';
import { readSync } from '../servers/redis.ts';
import { payload, type Side } from '../side.ts';

const QUEUE = 'noop';
/** Where its drain is fastest. */
const BEST = 100;
const RETRIES = { attempts: 4, backoff: { type: 'fixed', delay: 5_000 } };

const address = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });

/** Jobs that are not completed, and all of them. */
export async function countBull(url: string): Promise<{ left: number; total: number }> {
  const queue = new Queue(QUEUE, { connection: address(url) });
  const counts = await queue.getJobCounts();
  await queue.close();
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  return { left: total - (counts.completed ?? 0), total };
}

export function bullmq(): Side {
  let queue: Queue;
  let worker: Worker | undefined;
  let connection: ReturnType<typeof address>;
  return {
    name: 'bullmq',
    open: async (url) => {
      connection = address(url);
      queue = new Queue(QUEUE, { connection, defaultJobOptions: RETRIES });
      const sync = await readSync(url);
      return sync === 'appendonly=yes appendfsync=always' ? 'full' : sync;
    },
    add: (n) => queue.add(QUEUE, payload(n)),
    addMany: (ns) => queue.addBulk(ns.map((n) => ({ name: QUEUE, data: payload(n) }))),
    work: async (fn, concurrency) => {
      worker = new Worker(QUEUE, async () => fn(), { connection, concurrency: concurrency > 1 ? BEST : 1 });
      await worker.waitUntilReady();
    },
    stop: async () => {
      await worker?.close();
      await queue.close();
    },
  };
}
