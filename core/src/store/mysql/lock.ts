// Locks schema changes: a row with a lease, since schema changes cannot be rolled back and GET_LOCK does not work in a cluster.
import { randomUUID } from 'node:crypto';
import { JobsError } from '@phraseworks/sdk';
import { type Clock, pause } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Session } from './session.ts';

/** Times in milliseconds. */
const LEASE = 60_000;
const PAUSE = 200;
const PATIENCE = 180_000;
/** Processes that start together wait for each other without logging. */
const SAY_AFTER = 10_000;
const SAY_AGAIN = 30_000;
/** By the server's clock, which all processes share. */
const NOW = 'cast(unix_timestamp(now(3)) * 1000 as signed)';

/** Which server this is: locks by name are known only there, as in a cluster each server has its own. */
const SERVER = "left(sha1(concat(@@hostname, ':', @@port, ':', @@server_id)), 16)";

interface LockNeeds {
  lend<T>(use: (session: Session) => Promise<T>): Promise<T>;
  /** Renews the lease while the connection is busy with the work. */
  beside(sql: string, values: readonly unknown[]): Promise<unknown>;
  /** Options at the end of a new table. */
  tableEnd: string;
  clock: Clock;
  log: Logger | undefined;
}

/**
 * Runs `work` on a connection that has the lock, while no other process has it. After a crash the lock is free again: at once if the server
 * has noticed that the connection of its holder has ended, else when its lease ends. Throws `UNAVAILABLE` if it is not free within three minutes.
 */
export async function underLock<T>(needs: LockNeeds, work: (session: Session) => Promise<T>): Promise<T> {
  const { lend, clock, tableEnd, log } = needs;
  await lend(async (session) => {
    await session.query(
      `create table if not exists pwj_lock (name varchar(64) not null primary key, holder varchar(64) not null, until bigint not null) ${tableEnd}`,
    );
    await session.query("insert ignore into pwj_lock (name, holder, until) values ('migrate', '', 0)");
  });
  const deadline = clock.now() + PATIENCE;
  let sayAt = clock.now() + SAY_AFTER;
  for (;;) {
    // No connection is kept while it waits: others need them.
    const done = await lend(async (session) => {
      const holder = await take(session);
      return holder === null ? null : { value: await hold(needs, { holder, session }, work) };
    });
    if (done) return done.value;
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
}

async function hold<T>(
  { clock, beside }: Pick<LockNeeds, 'clock' | 'beside'>,
  { holder, session }: { holder: string; session: Session },
  work: (session: Session) => Promise<T>,
): Promise<T> {
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
    return await work(session);
  } finally {
    over = true;
    stop();
    await session.query("update pwj_lock set until = 0, holder = '' where name = 'migrate' and holder = ?", [holder]);
    await forget(session, holder);
  }
}

const RENEW = `update pwj_lock set until = ${NOW} + ${LEASE} where name = 'migrate' and holder = ?`;

/** Takes the lock if it is free or its holder's connection has ended; returns the holder's name, or null. */
async function take(session: Session): Promise<string | null> {
  const id = randomUUID();
  // Before the row, so that a row without it means that its holder has gone. Clusters may refuse such locks.
  const here = await session.query(`select get_lock(?, 0) as got, ${SERVER} as server`, [id]).then(
    ({ rows }) => (Number(rows[0]?.got) === 1 ? ` ${rows[0]?.server}` : ''),
    () => '',
  );
  const holder = id + here;
  const { affected } = await session.query(
    `update pwj_lock set holder = ?, until = ${NOW} + ${LEASE} where name = 'migrate' and (until < ${NOW}${here && GONE})`,
    [holder],
  );
  if (affected === 1) return holder;
  await forget(session, holder);
  return null;
}

const GONE = ` or (substring_index(holder, ' ', -1) = ${SERVER} and is_free_lock(substring_index(holder, ' ', 1)) = 1)`;

async function forget(session: Session, holder: string): Promise<void> {
  const [id, server] = holder.split(' ');
  if (server !== undefined) await session.query('select release_lock(?)', [id]);
}
