// A host's application with its jobs on a real port, which can break off its connections, stop, and come back.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { serve } from '@hono/node-server';
import type { JobsHost } from '@phraseworks/jobs';
import type { Hono } from 'hono';
import { onTestFinished } from 'vitest';

export interface Served {
  port: number;
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** Breaks all connections that are open, WebSockets too. */
  cut(): void;
  stop(): Promise<void>;
}

/** Stopped with the test. Without `port` it takes a free one; without `jobs` it is a site that has none. */
export async function served(app: Hono, jobs?: JobsHost, port = 0): Promise<Served> {
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }) as Server;
  jobs?.attachWebSocket(server);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async (): Promise<void> => {
    await jobs?.stop({ timeout: 0 });
    cut();
    await new Promise((resolve) => server.close(resolve));
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= close();
    return stopped;
  };
  onTestFinished(stop);
  const at = (server.address() as AddressInfo).port;
  return { port: at, origin: `http://127.0.0.1:${at}`, cut, stop };
}
