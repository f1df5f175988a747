// Every case on MariaDB, ours and its peers in turn, BullMQ on a Redis that waits for the disk; then several processes and big tables.
import { compare, MYSQL_BARS } from './bars.ts';
import { measureAll, type Wanted } from './in-turn.ts';
import { measure } from './measure.ts';
import { DEPTH, MYSQL, PROCESSES, processesName } from './plans.ts';
import { promises, table } from './report.ts';
import { newDatabase, readFlush, startMariadb, versionOf } from './servers/mariadb.ts';
import type { Server } from './servers/process.ts';
import { emptyRedis, readSync, startRedis, versionOfRedis } from './servers/redis.ts';

/** The servers keep their files under `data`. */
export async function mysqlSection(data: string, wanted: Wanted): Promise<string[]> {
  const mariadb = await startMariadb(data);
  try {
    const redis = await startRedis(data);
    try {
      return await onServers(mariadb, redis, wanted);
    } finally {
      await redis.stop();
    }
  } finally {
    await mariadb.stop();
  }
}

async function onServers(mariadb: Server, redis: Server, wanted: Wanted): Promise<string[]> {
  const place = async (side: string, name = 'bench'): Promise<string> => {
    if (side !== 'bullmq') return newDatabase(mariadb.url, name);
    await emptyRedis(redis.url);
    return redis.url;
  };
  const measured = await measureAll(MYSQL, wanted, async (side, name, jobs) =>
    measure('child', [side, name, String(jobs), await place(side)]),
  );
  const several = { ...wanted, case: (name: string) => wanted.case('processes') || wanted.case(name) };
  const plan = Object.fromEntries(
    PROCESSES.counts.map((n) => [
      processesName(n),
      Object.fromEntries(PROCESSES.sides.map((side) => [side, PROCESSES.jobs])),
    ]),
  );
  measured.push(
    ...(await measureAll(plan, several, async (side, name, jobs) =>
      measure('processes', [side, String(Number.parseInt(name, 10)), String(jobs), await place(side)]),
    )),
    ...(await measureAll({ depth: { phraseworks: DEPTH.jobs } }, wanted, async (side, _, jobs) => {
      const places = [
        await place(side, 'bench_empty'),
        await place(side, 'bench_finished'),
        await place(side, 'bench_pending'),
      ];
      return measure('depth', [String(wanted.jobs(DEPTH.rows)), String(jobs), ...places]);
    })),
  );
  return [
    `- ${await versionOf(mariadb.url)}, innodb_flush_log_at_trx_commit=${await readFlush(mariadb.url)}; ${await versionOfRedis(redis.url)}, ${await readSync(redis.url)}`,
    `- history and events on; as read back: ${promises(measured)}`,
    '- serenis: 500 at once and a poll of 1 ms; "serenis single": 10 at once, one by one, and its own poll of 500 ms; BullMQ: 100 at once; ours: 200 at once',
    '',
    ...table(measured),
    '',
    ...compare(measured, MYSQL_BARS),
  ];
}
