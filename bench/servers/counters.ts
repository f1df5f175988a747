// What the database server has done so far, by its own counters and by the system's account of its process.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { RowDataPacket } from 'mysql2/promise';
import { withConnection } from './mariadb.ts';

/** All count up. */
export interface Counters {
  /** Statements from clients. */
  statements: number;
  /** Those and the preparing of statements: each is one message there and back. */
  roundTrips: number;
  commits: number;
  diskSyncs: number;
  bytesIn: number;
  bytesOut: number;
  /** Microseconds of processor time. */
  cpu: number;
}

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of a process, in microseconds; from Linux's `/proc`. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, and may hold spaces.
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return ((user + system) / ticksPerSecond) * 1_000_000;
}

/** What all processes of the machine have used together, in microseconds. */
export function cpuOfMachine(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/ +/)
    .slice(1)
    .map(Number);
  return ((user + nice + system + irq + softirq) / ticksPerSecond) * 1_000_000;
}

async function statusOf(url: string): Promise<(name: string) => number> {
  const rows = await withConnection(url, async (db) => (await db.query<RowDataPacket[]>('show global status'))[0]);
  const byName = new Map(rows.map((row) => [String(row.Variable_name).toLowerCase(), Number(row.Value)]));
  return (name) => byName.get(name) ?? 0;
}

export async function readCounters(url: string, pid: number): Promise<Counters> {
  const cpu = cpuOf(pid);
  const status = await statusOf(url);
  return {
    statements: status('questions'),
    roundTrips: status('questions') + status('com_stmt_prepare'),
    commits: status('com_commit'),
    diskSyncs: status('innodb_os_log_fsyncs') || status('innodb_data_fsyncs'),
    bytesIn: status('bytes_received'),
    bytesOut: status('bytes_sent'),
    cpu,
  };
}

/** Connections that are open, without the one that asks. */
export const openConnections = async (url: string): Promise<number> => (await statusOf(url))('threads_connected') - 1;

/** Rows and bytes of our tables, indexes included, after the server has counted them anew. */
export async function readSize(url: string): Promise<{ rows: number; bytes: number }> {
  return withConnection(url, async (db) => {
    const [tables] = await db.query<RowDataPacket[]>(
      "select table_name name from information_schema.tables where table_schema = database() and table_name like 'pwj\\_%'",
    );
    const names = tables.map((row) => String(row.name));
    await db.query(`analyze table ${names.join(', ')}`);
    const counts = names.map((name) => `(select count(*) from ${name})`).join(' + ');
    const [[size]] = await db.query<RowDataPacket[]>(
      `select ${counts} as n, (select sum(data_length + index_length) from information_schema.tables where table_schema = database()) as bytes`,
    );
    return { rows: Number(size?.n), bytes: Number(size?.bytes) };
  });
}
