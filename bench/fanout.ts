// Events to many WebSocket clients: the hub against a bare loop over `ws`, clients in a process of their own.
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJobs } from '@phraseworks/jobs';
import { WebSocket, WebSocketServer } from 'ws';

const CLIENTS = 1_000;
const EVENTS = 100;
const SELF = fileURLToPath(import.meta.url);

/** Connects, says so, and answers when every client has got every event. */
function listenerProcess(url: string, events: number): void {
  let open = 0;
  let got = 0;
  for (let n = 0; n < CLIENTS; n += 1) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    socket.on('open', () => {
      open += 1;
      if (open === CLIENTS) process.send?.('ready');
    });
    socket.on('message', (data) => {
      if (!String(data).includes('"job_update"')) return;
      got += 1;
      if (got === CLIENTS * events) process.send?.('done');
    });
  }
}

async function round(url: string, emit: () => Promise<void>): Promise<number> {
  const child = fork(SELF, ['listen', url]);
  const says = (what: string) =>
    new Promise<void>((resolve) => {
      child.on('message', (message) => message === what && resolve());
    });
  await says('ready');
  const done = says('done');
  const start = performance.now();
  await emit();
  await done;
  const rate = (CLIENTS * EVENTS) / ((performance.now() - start) / 1_000);
  child.kill();
  return rate;
}

const listening = (server: ReturnType<typeof createServer>): Promise<number> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)));

async function bare(): Promise<number> {
  const server = createServer();
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  const port = await listening(server);
  const rate = await round(`ws://127.0.0.1:${port}/`, async () => {
    for (let n = 0; n < EVENTS; n += 1) {
      const frame = JSON.stringify({
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
      for (const client of wss.clients) client.send(frame);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  server.closeAllConnections();
  server.close();
  return rate;
}

async function hub(folder: string): Promise<number> {
  const jobs = await createJobs({
    database: `sqlite:${join(folder, 'fanout.db')}`,
    authorize: () => true,
    logLevel: 'error',
    queue: { maxQueueSize: 100_000 },
  });
  jobs.registerProcessor('noop', async () => {});
  const server = createServer();
  jobs.attachWebSocket(server);
  const port = await listening(server);
  const rate = await round(`ws://127.0.0.1:${port}/jobs/ws`, async () => {
    for (let n = 0; n < EVENTS; n += 1) await jobs.addJob({ type: 'noop', data: { n } });
  });
  await jobs.stop();
  server.closeAllConnections();
  server.close();
  return rate;
}

const [first = '', second = ''] = process.argv.slice(2);
if (first === 'listen') listenerProcess(second, EVENTS);
else {
  const alone = await bare();
  const ours = await hub(first);
  process.stdout.write(
    `${JSON.stringify({ value: ours, unit: 'msg/s', more: { 'bare ws msg/s': alone, 'against bare x': ours / alone } })}\n`,
  );
  process.exit(0);
}
