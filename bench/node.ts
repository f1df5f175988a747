// One of our processes under load: `node.js URL BYTES FOLLOWED ROLE`. A worker adds jobs, a hundred calls at once, and runs what any process added; a listener only receives the events.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openOurs } from './sides/ours.ts';

/** To the parent: where followers connect, how many jobs have run here, and what this process has used. */
export type FromNode = { says: 'ready'; port: number } | { says: 'ran'; jobs: number } | { says: 'used'; cpu: number };

/** From the parent. */
export type ToNode = { do: 'add'; jobs: number } | { do: 'tell' } | { do: 'stop' };

const CALLERS = 100;
/** Between two reports, in milliseconds. */
const REPORT = 10;

const [url = '', bytes = '', followed = '', role = ''] = process.argv.slice(2);
const jobs = await openOurs(url, { authorize: () => true, ...(role === 'listener' ? { roles: ['web'] } : {}) });
let ran = 0;
let told = 0;
jobs.registerProcessor('noop', async () => {
  ran += 1;
});
const server = createServer();
if (followed === 'true') jobs.attachWebSocket(server);
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
await jobs.start();
const tell = (message: FromNode): void => {
  process.send?.(message);
};
setInterval(() => {
  if (ran !== told) tell({ says: 'ran', jobs: ran });
  told = ran;
}, REPORT);

/** Its JSON has the size that is asked for. */
const data = { n: 0, text: 'x'.repeat(Math.max(0, Number(bytes) - 17)) };

async function add(count: number): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (next < count) {
        next += 1;
        await jobs.addJob({ type: 'noop', data });
      }
    }),
  );
}

process.on('message', async (message: ToNode) => {
  if (message.do === 'add') await add(message.jobs);
  else if (message.do === 'tell') {
    const { user, system } = process.cpuUsage();
    tell({ says: 'used', cpu: user + system });
  } else {
    await jobs.stop();
    process.exit(0);
  }
});
tell({ says: 'ready', port: (server.address() as AddressInfo).port });
