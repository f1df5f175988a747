// Ports of this machine: free ones, and whether a database answers on one.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Below those that systems give to connections, so that no connection takes a port before its server does. */
const FIRST = 10_000;
const LAST = 32_000;

/** So many different ones. */
export async function freePorts(n: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < n) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

/** True when a MySQL server greets there within `patience` milliseconds: version 10 of its protocol, and no error. */
export function greets(port: number, patience = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: patience });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (data) => end(data[4] === 10));
    socket.on('error', () => end(false));
    socket.on('timeout', () => end(false));
    socket.on('close', () => resolve(false));
  });
}
