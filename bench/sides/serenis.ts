// @serenis/mysql-queue, in two settings: one by one with its own poll, and in batches with a poll that hardly waits.
import { MysqlQueue } from '@serenis/mysql-queue';
import { withConnection } from '../servers/mariadb.ts';
import { payload, type Side } from '../side.ts';

const QUEUE = 'noop';
const BATCH = { pollingBatchSize: 500, callbackBatchSize: 500, pollingIntervalMs: 1 };
const SINGLE = { pollingBatchSize: 10, callbackBatchSize: 1 };

/** MariaDB has no functional indexes: a generated column with the same expression takes the place of the one that two of its migrations make. */
async function migrate(queue: ReturnType<typeof MysqlQueue>, url: string): Promise<void> {
  const first = await queue.globalInitialize().then(
    () => true,
    () => false,
  );
  if (first) return;
  const jobs = queue.jobsTable();
  const migrations = queue.migrationTable();
  await withConnection(url, async (db) => {
    for (const name of ['add-pending-dedup-key', 'extend-pending-dedup-to-running'])
      await db.query(`insert into ${migrations} (name) values (?)`, [name]);
  });
  await queue.globalInitialize();
  await withConnection(url, (db) =>
    db.query(
      `alter table ${jobs} add column dedup varchar(255) as (case when status in ('pending', 'running') then pendingDedupKey end) virtual,
       add unique index idx_queue_name_pending_dedup (queueId, name, dedup)`,
    ),
  );
}

const isDeadlock = (error: unknown): boolean => (error as { errno?: number }).errno === 1213;

export function serenis(settings: typeof BATCH | typeof SINGLE): Side {
  let queue: ReturnType<typeof MysqlQueue>;
  let worker: { start(): Promise<void>; stop(): Promise<void> } | undefined;
  let working: Promise<void> | undefined;
  /** It deadlocks with its own worker; an application would try again. */
  const add = async (jobs: { name: string; payload: object } | { name: string; payload: object }[]) => {
    for (;;) {
      try {
        return await queue.enqueue(QUEUE, jobs);
      } catch (error) {
        if (!isDeadlock(error)) throw error;
      }
    }
  };
  return {
    name: 'serenis',
    open: async (url) => {
      queue = MysqlQueue({ dbUri: url, loggingLevel: 'silent' });
      await migrate(queue, url);
      await queue.upsertQueue(QUEUE, { maxRetries: 3, maxDurationMs: 60_000 });
      return 'full';
    },
    add: (n) => add({ name: QUEUE, payload: payload(n) }),
    addMany: (ns) => add(ns.map((n) => ({ name: QUEUE, payload: payload(n) }))),
    work: async (fn) => {
      worker = await queue.work(
        QUEUE,
        (jobs) => {
          for (const _ of jobs) fn();
        },
        settings,
      );
      working = worker.start();
    },
    stop: async () => {
      await worker?.stop();
      await working;
      await queue.dispose();
    },
  };
}

export const serenisBatch = (): Side => serenis(BATCH);
export const serenisSingle = (): Side => serenis(SINGLE);
