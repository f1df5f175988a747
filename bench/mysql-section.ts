// Every case on MariaDB, ours and its peers in turn, BullMQ on a Redis that waits for the disk; then several processes and big tables.
import { compare, MYSQL_BARS } from './bars.ts';
import { measureAll, type Wanted } from './in-turn.ts';
import { measure } from './measure.ts';
import type { Measured } from './measured.ts';
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

type Place = (side: string, name?: string) => Promise<string>;

async function onServers(mariadb: Server, redis: Server, wanted: Wanted): Promise<string[]> {
  /** A new, empty database, or Redis emptied. */
  const place: Place = async (side, name = 'bench') => {
    if (side !== 'bullmq') return newDatabase(mariadb.url, name);
    await emptyRedis(redis.url);
    return redis.url;
  };
  const measured = await measureAll(MYSQL, wanted, async (side, name, jobs) =>
    measure('child', [side, name, String(jobs), await place(side)]),
  );
  measured.push(
    ...(await manyProcesses(place, wanted)),
    ...(await bigTables(place, wanted)),
    ...(await idle(place, wanted)),
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

/** `processes` asks for all of them. */
function manyProcesses(place: Place, wanted: Wanted): Promise<Measured[]> {
  const sides = Object.fromEntries(PROCESSES.sides.map((side) => [side, PROCESSES.jobs]));
  const plan = Object.fromEntries(PROCESSES.counts.map((n) => [processesName(n), sides]));
  const asked = { ...wanted, case: (name: string) => wanted.case('processes') || wanted.case(name) };
  return measureAll(plan, asked, async (side, name, jobs) =>
    measure('processes', [side, String(Number.parseInt(name, 10)), String(jobs), await place(side)]),
  );
}

function bigTables(place: Place, wanted: Wanted): Promise<Measured[]> {
  return measureAll({ depth: { phraseworks: DEPTH.jobs } }, wanted, async (side, _, jobs) => {
    const places: string[] = [];
    for (const name of ['empty', 'finished', 'pending']) places.push(await place(side, `bench_${name}`));
    return measure('depth', [String(wanted.jobs(DEPTH.rows)), String(jobs), ...places]);
  });
}

/** `idle` asks for both. */
function idle(place: Place, wanted: Wanted): Promise<Measured[]> {
  const plan = Object.fromEntries([1, 4].map((n) => [`idle, ${processesName(n)}`, { phraseworks: n }]));
  const asked = { ...wanted, case: () => wanted.case('idle'), jobs: (full: number) => full };
  return measureAll(plan, asked, async (side, _, count) => measure('idle', [String(count), await place(side)]));
}
