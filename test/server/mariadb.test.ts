// The throw-away server: up at once, as durable as a real one, and never left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { RowDataPacket } from 'mysql2/promise';
import { beforeEach, expect, test, vi } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { skipWhere } from './missing.ts';
import { greets } from './port.ts';
import { connectTo, serverOfTest } from './rig.ts';

// A server takes a second to start, and many times that on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

beforeEach((context) => skipWhere(findServer() === undefined, NO_SERVER, context));

test('it keeps what it acknowledged after a kill and a restart; stopped, it leaves no process and no folder', async () => {
  const server = await serverOfTest();
  const before = await connectTo(server.port);
  await before.query('create table kept (id int primary key)');
  await before.query('insert into kept values (1), (2)');
  await server.kill('SIGKILL');
  expect(server.pid).toBe(0);
  expect(await greets(server.port)).toBe(false);
  await server.restart();
  const after = await connectTo(server.port);
  const [rows] = await after.query<RowDataPacket[]>('select id from kept order by id');
  expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
  const { pid, folder } = server;
  await server.stop();
  expect(alive(pid) || existsSync(folder)).toBe(false);
});

test('it flushes to disk at each commit unless configured otherwise', async () => {
  const flushOf = async (flush?: 0): Promise<unknown> => {
    const server = await serverOfTest(flush === undefined ? {} : { flush });
    const connection = await connectTo(server.port);
    const [rows] = await connection.query<RowDataPacket[]>('select @@innodb_flush_log_at_trx_commit as flush');
    return rows[0]?.flush;
  };
  expect(await Promise.all([flushOf(), flushOf(0)])).toEqual([1, 0]);
});

test('a server and its folder are removed when the process that started it is killed', async () => {
  const module = new URL('./mariadb.ts', import.meta.url).href;
  const script = `const { startServer } = await import(${JSON.stringify(module)});
    const { pid, folder } = await startServer();
    process.stdout.write(JSON.stringify({ pid, folder }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = await once(child.stdout, 'data');
  const { pid, folder } = JSON.parse(String(told)) as { pid: number; folder: string };
  expect(alive(pid)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => alive(pid) || existsSync(folder), { timeout: 10_000 }).toBe(false);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
