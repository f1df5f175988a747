// Locks schema changes: a row with a lease, since schema changes cannot be rolled back and GET_LOCK does not work in a cluster.
import { randomUUID } from 'node:crypto';
import { JobsError } from '@phraseworks/sdk';
import { type Clock, pause } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';

/** Times in milliseconds. */
const LEASE = 60_000;
const PAUSE = 200;
const PATIENCE = 180_000;
/** Processes that start together wait for each other without logging. */
const SAY_AFTER = 10_000;
const SAY_AGAIN = 30_000;
/** By the server's clock, which all processes share. */
const NOW = 'cast(unix_timestamp(now(3)) * 1000 as signed)';

type Query = (sql: string, values?: readonly unknown[]) => Promise<{ affected: number }>;

export interface LockDeps {
  query: Query;
  /** Renews the lease while `query` is busy with the work. */
  beside(sql: string, values: readonly unknown[]): Promise<unknown>;
  /** Options at the end of a new table. */
  tableEnd: string;
  clock: Clock;
  log: Logger | undefined;
}

/** Runs `work` while no other process holds the lock; its lease expires after a crash. Throws `UNAVAILABLE` if the lock is not free within three minutes. */
export async function underLock<T>(deps: LockDeps, work: () => Promise<T>): Promise<T> {
  const { query, clock, tableEnd, beside, log } = deps;
  const holder = randomUUID();
  await query(
    `create table if not exists pwj_lock (name varchar(64) not null primary key, holder varchar(64) not null, until bigint not null) ${tableEnd}`,
  );
  await query("insert ignore into pwj_lock (name, holder, until) values ('migrate', '', 0)");
  const deadline = clock.now() + PATIENCE;
  let sayAt = clock.now() + SAY_AFTER;
  while (!(await take(query, holder))) {
    if (clock.now() >= sayAt) {
      sayAt = clock.now() + SAY_AGAIN;
      log?.warn('Another process is changing the tables, or was killed while it did. Waiting for it.');
    }
    if (clock.now() > deadline) {
      throw new JobsError(
        'UNAVAILABLE',
        'Another process has been changing the tables for three minutes. Check whether it hangs.',
        {
          retryAfter: 30,
        },
      );
    }
    await pause(clock, PAUSE);
  }
  let stop = (): void => {};
  let over = false;
  const renew = (): void => {
    if (over) return;
    stop = clock.after(LEASE / 3, () => {
      void beside(RENEW, [holder]).then(renew, renew);
    });
  };
  renew();
  try {
    return await work();
  } finally {
    over = true;
    stop();
    await query("update pwj_lock set until = 0, holder = '' where name = 'migrate' and holder = ?", [holder]);
  }
}

const RENEW = `update pwj_lock set until = ${NOW} + ${LEASE} where name = 'migrate' and holder = ?`;

async function take(query: Query, holder: string): Promise<boolean> {
  const { affected } = await query(
    `update pwj_lock set holder = ?, until = ${NOW} + ${LEASE} where name = 'migrate' and until < ${NOW}`,
    [holder],
  );
  return affected === 1;
}
