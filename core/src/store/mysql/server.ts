// Checks once at the start that a server meets our requirements, and configures each connection to it.
import type { Logger } from '@phraseworks/sdk';
import { isOlder, unusable } from '../dialect.ts';
import type { Session } from './session.ts';

/** What the server reports about itself. */
export interface Server {
  engine: 'MariaDB' | 'MySQL';
  version: string;
  /** Compares byte by byte, including trailing spaces. */
  collation: string;
  flush: number;
  packet: number;
  /** Its auto-increment step is above one: a cluster. */
  steps: number;
}

/** Returns the rows of a statement. */
export type Ask = (sql: string) => Promise<Record<string, unknown>[]>;

/** The oldest versions with `FOR UPDATE SKIP LOCKED`. */
const OLDEST = { MariaDB: [10, 6, 0], MySQL: [8, 0, 1] } as const;
const SMALLEST_PACKET = 4_194_304;

/** Without a suffix, and without the 5.5.5- that some proxies put before it, as MariaDB once did for old replicas. */
const plain = (version: string): string => /\d+(\.\d+)*/.exec(version.replace(/^5\.5\.5-(?=\d)/, ''))?.[0] ?? '';

/** Throws `INVALID_CONFIG` for an unusable server; warns if it may lose acknowledged data. */
export async function askServer(ask: Ask, log: Logger | undefined): Promise<Server> {
  const rows = await ask(
    'select version() as version, @@innodb_flush_log_at_trx_commit as flush, @@max_allowed_packet as packet, @@auto_increment_increment as steps',
  );
  const row = rows[0] as { version: string; flush: number; packet: number; steps: number };
  const engine = /mariadb/i.test(row.version) ? 'MariaDB' : 'MySQL';
  const version = plain(row.version);
  if (isOlder(version, OLDEST[engine])) {
    throw unusable(
      `${engine} ${version} is too old: use ${engine} ${OLDEST[engine].join('.')} or newer, since workers need to skip locked rows. Setting: database`,
    );
  }
  if (row.packet < SMALLEST_PACKET) {
    throw unusable(
      `max_allowed_packet of the server is too small (${row.packet} bytes): set it to 16M, or at least ${SMALLEST_PACKET}. Setting: database`,
    );
  }
  if (row.flush !== 1) {
    log?.warn(
      `The server commits without waiting for its disk (innodb_flush_log_at_trx_commit is ${row.flush}, not 1): acknowledged jobs can be lost in a power failure.`,
    );
  }
  // MySQL before 8.0.17 has no collation that distinguishes trailing spaces.
  const bin =
    engine === 'MariaDB' ? 'utf8mb4_nopad_bin' : isOlder(version, [8, 0, 17]) ? 'utf8mb4_bin' : 'utf8mb4_0900_bin';
  return { engine, version, collation: bin, flush: row.flush, packet: row.packet, steps: row.steps };
}

/** With several hosts, only one that can write is useful. Throws the error that a write would get. */
export async function checkHost(session: Session): Promise<void> {
  const { rows } = await session.query('select @@global.read_only as locked');
  if (Number(rows[0]?.locked) !== 0) throw Object.assign(new Error('the host is read-only'), { errno: 1290 });
  // A server outside a cluster also reports that it is not ready for one.
  const [member, ready] = [
    (await session.query("show variables like 'wsrep_on'")).rows[0]?.Value,
    (await session.query("show status like 'wsrep_ready'")).rows[0]?.Value,
  ];
  if (member === 'ON' && ready === 'OFF') throw Object.assign(new Error('the node is not ready'), { errno: 1047 });
}

const MODE = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** Every connection reads committed data, takes no gap locks, waits at most 5 s for a lock and refuses values that do not fit. */
export async function setUpSession(session: Session, server: Server, autocommit: boolean): Promise<void> {
  await session.query('set session transaction isolation level read committed');
  await session.query(`set names utf8mb4 collate ${server.collation}`);
  const cluster = server.engine === 'MariaDB' && server.steps > 1;
  const steps = cluster ? ', auto_increment_increment = 1, auto_increment_offset = 1' : '';
  // After a switch of nodes, commits of the other node must be visible, or an attempt would look lost.
  const wait = cluster && autocommit ? ', wsrep_sync_wait = 1' : '';
  await session.query(
    `set session autocommit = ${autocommit ? 1 : 0}, innodb_lock_wait_timeout = 5, sql_mode = '${MODE}', time_zone = '+00:00'${steps}${wait}${autocommit ? '' : abandoned(server)}`,
  );
}

/** If a process's machine or network fails, its transaction stays open with its locks: the server ends it after these seconds instead of hours. */
const abandoned = ({ engine }: Server): string =>
  engine === 'MariaDB' ? ', idle_transaction_timeout = 8' : ', wait_timeout = 30';
