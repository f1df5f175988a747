// plainjob: synchronous, one job per commit; its default is NORMAL, here it waits for the disk like we do.
import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker, type Queue, type Worker } from 'plainjob';
import { levelName, payload, type Side } from '../side.ts';

const silent = { error() {}, warn() {}, info() {}, debug() {} };

export function plainjob(): Side {
  let db: Database.Database;
  let queue: Queue;
  let workers: Worker[] = [];
  let running: Promise<void>[] = [];
  return {
    name: 'plainjob',
    open: async (path) => {
      db = new Database(path);
      queue = defineQueue({ connection: better(db), logger: silent });
      db.pragma('synchronous = full');
      return levelName(db.pragma('synchronous', { simple: true }));
    },
    add: async (n) => queue.add('noop', payload(n)),
    addMany: async (ns) => queue.addMany('noop', ns.map(payload)),
    work: async (fn, concurrency) => {
      workers = Array.from({ length: concurrency }, () =>
        defineWorker('noop', async () => fn(), { queue, logger: silent, pollIntervall: 1 }),
      );
      running = workers.map((worker) => worker.start());
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(running);
      queue.close();
    },
  };
}
