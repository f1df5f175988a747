// What a node of a cluster says of itself, asked on a connection of its own.
import { createConnection, type RowDataPacket } from 'mysql2/promise';

/** Rows of one statement; none while the node does not answer. */
export async function ask(port: number, statement: string): Promise<RowDataPacket[]> {
  const place = { host: '127.0.0.1', port, user: 'root', connectTimeout: 1_000 };
  const connection = await createConnection(place).catch(() => undefined);
  if (!connection) return [];
  connection.on('error', () => {});
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql: statement, timeout: 2_000 });
    return Array.isArray(rows) ? rows : [];
  } catch {
    return [];
  } finally {
    connection.destroy();
  }
}

/** The `wsrep_...` values. */
export async function statusOf(port: number): Promise<Record<string, string>> {
  const rows = await ask(port, "show status like 'wsrep%'");
  return Object.fromEntries(rows.map(({ Variable_name, Value }) => [Variable_name, Value]));
}

/** Connections of others to this database of the node. */
export async function usersOf(port: number, database: string): Promise<number> {
  const [row] = await ask(port, `select count(*) as n from information_schema.processlist where db = '${database}'`);
  return Number(row?.n ?? 0);
}
