// Events to many WebSocket clients: the hub against a bare loop over `ws`, clients in a process of their own.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJobs } from '@phraseworks/jobs';
import { WebSocket, WebSocketServer } from 'ws';
import { sorted } from './measured.ts';

/** The figure is that of the thousand; the others stand beside it. */
const CLIENTS = [100, 1_000, 5_000];
const MAIN = 1_000;
const EVENTS = 100;
/** Sockets that are opened at the same time: more than that overflow the queue of a listening port. */
const AT_ONCE = 100;
/** Each client is a visitor of its own, as on a site: one user may have 50 connections. */
const VISITOR = 'x-visitor';
const SELF = fileURLToPath(import.meta.url);

interface Round {
  /** Messages that arrived in a second, over all clients. */
  rate: number;
  /** Milliseconds from the event to the client, of 99 messages in a hundred. */
  p99: number;
}

type FromListeners = { says: 'ready' } | { says: 'done'; p99: number };

/** Connects, says so, and answers when every client has got every event. */
async function listenerProcess(url: string, clients: number): Promise<void> {
  const tell = (message: FromListeners): void => {
    process.send?.(message);
  };
  const late: number[] = [];
  const connect = (visitor: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate: false, headers: { [VISITOR]: String(visitor) } });
      socket.on('open', resolve);
      socket.on('error', reject);
      socket.on('message', (data) => {
        const at = /"at":"([^"]+)"/.exec(String(data))?.[1];
        if (at === undefined) return;
        late.push(Date.now() - Date.parse(at));
        if (late.length === clients * EVENTS)
          tell({ says: 'done', p99: sorted(late)[Math.floor(late.length * 0.99)] ?? 0 });
      });
    });
  for (let n = 0; n < clients; n += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, clients - n) }, (_, i) => connect(n + i)));
  tell({ says: 'ready' });
}

async function round(url: string, clients: number, emit: () => Promise<void>): Promise<Round> {
  const child = fork(SELF, ['listen', url, String(clients)]);
  const hear = <S extends FromListeners['says']>(what: S) =>
    new Promise<Extract<FromListeners, { says: S }>>((resolve, reject) => {
      child.on('message', (message: FromListeners) => {
        if (message.says === what) resolve(message as Extract<FromListeners, { says: S }>);
      });
      child.on('exit', () => reject(new Error('the clients ended before they had heard all')));
    });
  const done = hear('done');
  await hear('ready');
  const start = performance.now();
  await emit();
  const { p99 } = await done;
  const rate = (clients * EVENTS) / ((performance.now() - start) / 1_000);
  child.kill();
  return { rate, p99 };
}

const listening = (server: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)));

const frameOf = (n: number): string =>
  JSON.stringify({
    id: n,
    type: 'job_update',
    data: {
      event: 'job_added',
      jobId: 'x'.repeat(36),
      jobType: 'noop',
      plugin: null,
      status: 'pending',
      attempt: 0,
      at: new Date().toISOString(),
    },
  });

async function bare(clients: number): Promise<Round> {
  const server = createServer();
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  const port = await listening(server);
  const found = await round(`ws://127.0.0.1:${port}/`, clients, async () => {
    for (let n = 0; n < EVENTS; n += 1) {
      const frame = frameOf(n);
      for (const client of wss.clients) client.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  server.closeAllConnections();
  server.close();
  return found;
}

/** From the call of `addJob`, so that its commit is counted, too. */
async function hub(clients: number, folder: string): Promise<Round> {
  const jobs = await createJobs({
    database: `sqlite:${join(folder, `fanout-${clients}.db`)}`,
    authorize: (c) => ({ user: c.req.header(VISITOR) ?? 'nobody' }),
    logLevel: 'error',
    queue: { maxQueueSize: 100_000 },
  });
  jobs.registerProcessor('noop', async () => {});
  const server = createServer();
  jobs.attachWebSocket(server);
  const port = await listening(server);
  const found = await round(`ws://127.0.0.1:${port}/jobs/ws`, clients, async () => {
    for (let n = 0; n < EVENTS; n += 1) await jobs.addJob({ type: 'noop', data: { n } });
  });
  await jobs.stop();
  server.closeAllConnections();
  server.close();
  return found;
}

const [first = '', second = '', third = ''] = process.argv.slice(2);
if (first === 'listen') await listenerProcess(second, Number(third));
else {
  const more: Record<string, number> = {};
  let value = 0;
  for (const clients of CLIENTS) {
    const alone = await bare(clients);
    const ours = await hub(clients, first);
    const name = clients === MAIN ? '' : `${clients} clients: `;
    if (clients === MAIN) value = ours.rate;
    else more[`${name}msg/s`] = ours.rate;
    more[`${name}bare ws msg/s`] = alone.rate;
    more[`${name}against bare x`] = ours.rate / alone.rate;
    more[`${name}p99 ms`] = ours.p99;
    more[`${name}bare ws p99 ms`] = alone.p99;
  }
  process.stdout.write(`${JSON.stringify({ value, unit: 'msg/s', more })}\n`);
  process.exit(0);
}
