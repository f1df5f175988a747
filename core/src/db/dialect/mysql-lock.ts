// Who may change the schema: a row with a lease, since schema changes cannot be rolled back and GET_LOCK means nothing in a cluster.
import { randomUUID } from 'node:crypto';
import { JobsError } from '@phraseworks/sdk';
import { type Clock, pause } from '../../clock.ts';

/** Times in milliseconds. */
const LEASE = 60_000;
const PAUSE = 200;
const PATIENCE = 180_000;
/** By the server's clock, which all processes share. */
const NOW = 'cast(unix_timestamp(now(3)) * 1000 as signed)';

type Query = (sql: string, values?: readonly unknown[]) => Promise<{ affected: number }>;

/** Runs `work` while no other process holds the lock; the lease is renewed `beside` it, and runs out by itself after a crash. */
export async function underLock<T>(
  query: Query,
  clock: Clock,
  tableEnd: string,
  beside: (sql: string, values: readonly unknown[]) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const holder = randomUUID();
  await query(
    `create table if not exists pwj_lock (name varchar(64) not null primary key, holder varchar(64) not null, until bigint not null) ${tableEnd}`,
  );
  await query("insert ignore into pwj_lock (name, holder, until) values ('migrate', '', 0)");
  const deadline = clock.now() + PATIENCE;
  while (!(await take(query, holder))) {
    if (clock.now() > deadline) {
      throw new JobsError(
        'UNAVAILABLE',
        'Another process has been changing the tables for three minutes: see whether it hangs.',
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
