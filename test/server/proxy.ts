// A bad network between us and a MySQL server: cuts answers off, keeps sockets that carry nothing, refuses, or is slow.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Conversation } from './packets.ts';

export type ProxyMode =
  | { kind: 'pass' }
  /** Forwards everything, and at this chance (0 to 1) cuts the client off instead of telling it that a change is stored. */
  | { kind: 'swallow'; chance: number }
  /** Keeps all sockets open and carries no byte. A connection that lost a byte so carries none later either. */
  | { kind: 'halfOpen' }
  /** Nothing listens, and what was open is cut. */
  | { kind: 'refuse' }
  /** Each byte comes `ms` milliseconds late, in either direction. */
  | { kind: 'delay'; ms: number };

export class NetworkProxy {
  readonly port: number;
  /** Answers cut off so far. */
  swallowed = 0;
  #mode: ProxyMode = { kind: 'pass' };
  readonly #target: () => number;
  readonly #random: () => number;
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  #server: Server;

  constructor(server: Server, target: () => number, random: () => number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.#target = target;
    this.#random = random;
    server.on('connection', (client) => this.#carry(client));
  }

  /** For connections that are open, too. Resolves when it is in force. */
  async become(mode: ProxyMode): Promise<void> {
    this.#mode = mode;
    if (mode.kind === 'refuse') return this.close();
    if (this.#server.listening) return;
    this.#server = createServer((client) => this.#carry(client)).listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Connections of clients at this moment. */
  get open(): number {
    return this.#clients.size;
  }

  async close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #carry(client: Socket): void {
    const server = connect({ port: this.#target(), host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    this.#clients.add(client);
    client.on('close', () => this.#clients.delete(client));
    const conversation = new Conversation();
    let dead = false;
    const forward = (to: Socket, bytes: Buffer, cut: boolean): void => {
      if (this.#mode.kind === 'halfOpen') dead = true;
      if (dead) return;
      if (cut) {
        this.swallowed += 1;
        client.destroy();
      } else if (this.#mode.kind === 'delay') setTimeout(() => to.writable && to.write(bytes), this.#mode.ms);
      else to.write(bytes);
    };
    client.on('data', (bytes) => {
      conversation.ask(bytes);
      forward(server, bytes, false);
    });
    server.on('data', (bytes) => {
      const acknowledged = conversation.acknowledges(bytes);
      const cut = acknowledged && this.#mode.kind === 'swallow' && this.#random() < this.#mode.chance;
      forward(client, bytes, cut);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!dead) other.destroy();
      });
    }
  }
}

/** `target` is asked at each connection. `random` answers 0 to 1, see `seeded()`. */
export async function startProxy(target: () => number, random: () => number): Promise<NetworkProxy> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new NetworkProxy(server, target, random);
}
