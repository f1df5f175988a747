// WebSocket upgrades on any node http server: ours go through the app like a GET, all others stay with the host.
import type { EventEmitter } from 'node:events';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispose, Logger } from '@phraseworks/sdk';
import { Hono } from 'hono';
import { WebSocketServer } from 'ws';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { ConnectOptions } from '../live/client.ts';
import type { Hub } from '../live/hub.ts';
import { follow, TAKE_OVER, type TakeOver, taken } from './websocket.ts';

/** Bytes of one message. */
const MAX_PAYLOAD = 64 * 1024;
const MAX_FRAGMENTS = 128;

/** The route of the app that lets clients in. */
const ROUTE = '/ws';

export interface AttachOptions {
  /** The exact path of the upgrades to answer: `/jobs/ws`. */
  path: string;
  app: Hono;
  hub: Hub;
  clock: Clock;
  log: Logger;
}

/**
 * Answers WebSocket upgrades for exactly this path, on node-server 1 and 2, Express, Fastify or plain node.
 * Other paths are left alone; they are answered with 404 only when nothing else listens for upgrades.
 */
export function attachWebSocket(server: EventEmitter, { path, app, hub, clock, log }: AttachOptions): Dispose {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD,
    maxFragments: MAX_FRAGMENTS,
  });
  // Mounted as the host has mounted it, so that `authorize` sees the same paths.
  const base = path.endsWith(ROUTE) ? path.slice(0, -ROUTE.length) : '';
  let mounted: Hono | undefined;

  const answer = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    mounted ??= new Hono().route(base === '' ? '/' : base, app);
    let options: ConnectOptions | undefined;
    const takeOver: TakeOver = (admitted) => {
      options = admitted;
    };
    const request = requestOf(incoming, `${base}${ROUTE}`);
    const response = await mounted.fetch(request, { incoming, outgoing: undefined, [TAKE_OVER]: takeOver });
    const admitted = options;
    if (socket.destroyed) return;
    if (!admitted || !response.ok) return refuse(socket, response);
    sockets.handleUpgrade(incoming, socket, head, (ws) => follow(ws, { hub, clock, options: admitted }));
  };

  const onUpgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const ours = incoming.url?.split('?', 1)[0] === path;
    if (!ours && server.listenerCount('upgrade') > 1) return;
    socket.on('error', () => {});
    if (!ours) {
      void refuse(socket, new Response(null, { status: 404 }));
      return;
    }
    taken.add(incoming);
    answer(incoming, socket, head).catch((error: unknown) => {
      log.error('a WebSocket upgrade failed:', messageOf(error));
      void refuse(socket, new Response(null, { status: 500 }));
    });
  };

  // Before the host's own listeners, so that an upgrade is marked as taken when they see it.
  server.prependListener('upgrade', onUpgrade);
  return () => {
    server.off('upgrade', onUpgrade);
  };
}

/** The upgrade as the GET that it is. */
function requestOf(incoming: IncomingMessage, path: string): Request {
  const secure = 'encrypted' in incoming.socket && incoming.socket.encrypted === true;
  const url = new URL(secure ? 'https://localhost' : 'http://localhost');
  // An invalid Host changes nothing: the setter takes a host only.
  url.host = incoming.headers.host ?? '';
  url.pathname = path;
  const query = incoming.url?.indexOf('?') ?? -1;
  url.search = query < 0 ? '' : (incoming.url ?? '').slice(query);
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  return new Request(url, { headers });
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'upgrade', 'trailer']);

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  if (socket.destroyed || !socket.writable) return;
  const headers = [...response.headers].filter(([name]) => !HOP_BY_HOP.has(name));
  const lines = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    'connection: close',
    `content-length: ${body.length}`,
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]));
}
