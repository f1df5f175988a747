// For the tests of this folder: a server, a proxy or a connection that goes away with its test.
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { findServer, NO_SERVER } from './binaries.ts';
import { type ServerOptions, startServer, type TestServer } from './mariadb.ts';
import { folderInMemory } from './memory.ts';
import { skipWhere } from './missing.ts';
import { type NetworkProxy, startProxy } from './proxy.ts';

/** One server for all tests of the file that calls this; they are skipped without a server. */
export function serverOfFile(): () => TestServer {
  const missing = findServer() === undefined;
  let server: TestServer;
  beforeAll(async () => {
    if (!missing) server = await startServer({ within: folderInMemory() });
  }, 60_000);
  beforeEach((context) => skipWhere(missing, NO_SERVER, context));
  afterAll(() => server?.stop());
  return () => server;
}

export async function serverOfTest(options: ServerOptions = {}): Promise<TestServer> {
  const server = await startServer({ within: folderInMemory(), ...options });
  onTestFinished(() => server.stop());
  return server;
}

export async function proxyOfTest(target: () => number, random: () => number): Promise<NetworkProxy> {
  const proxy = await startProxy(target, random);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** To the database `jobs`, as root. */
export async function connectTo(port: number, options: ConnectionOptions = {}): Promise<Connection> {
  const connection = await createConnection({ host: '127.0.0.1', port, user: 'root', database: 'jobs', ...options });
  connection.on('error', () => {});
  onTestFinished(() => connection.destroy());
  return connection;
}
