// Does the end of a job cost more the more jobs are linked to it? `linked.js TARGET JOBS`: one batch, and one chain, of 1,000 jobs and of JOBS, filled in pieces.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Batch } from '@phraseworks/sdk';
import { openOurs } from './sides/ours.ts';

const PIECE = 1_000;
const SMALL = 1_000;

interface Found {
  /** Processor time of this process, and time on the wall, from the start of the work until the batch's last callback has run. */
  'cpu us/job': number;
  'us/job': number;
  'loop p99 ms': number;
  'heap MB after': number;
}

const [target = '', jobs = ''] = process.argv.slice(2);
const instance = await openOurs(target);
let atEnd: () => void = () => {};
instance.registerProcessor('noop', async () => {});
instance.registerProcessor('end', async () => atEnd());

async function fillBatch(batch: Batch, count: number): Promise<void> {
  for (let n = 0; n < count; n += PIECE)
    await batch.add(Array.from({ length: Math.min(PIECE, count - n) }, () => ({ type: 'noop', data: null })));
}

async function fillChain(batch: Batch, count: number): Promise<void> {
  let last: string | undefined;
  for (let n = 0; n < count; n += PIECE) {
    const names = Array.from({ length: Math.min(PIECE, count - n) }, (_, i) => `n${i}`);
    const before = (i: number) => (i > 0 ? [`n${i - 1}`] : last === undefined ? [] : [last]);
    const nodes = names.map((name, i) => [name, { type: 'noop', data: null, ...after(before(i)) }] as const);
    const added = await batch.addGraph(Object.fromEntries(nodes));
    last = added[names.at(-1) as string]?.id;
  }
}

const after = (ids: string[]) => (ids.length > 0 ? { after: ids } : {});

async function run(fill: typeof fillBatch, count: number): Promise<Found> {
  const ended = new Promise<void>((resolve) => {
    atEnd = resolve;
  });
  const batch = await instance.addBatch({ name: 'bench', open: true, start: 'closed', onEnd: 'end' });
  await fill(batch, count);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const used = process.cpuUsage();
  await batch.close();
  await ended;
  const { user, system } = process.cpuUsage(used);
  const spent = performance.now() - start;
  delay.disable();
  globalThis.gc?.();
  return {
    'cpu us/job': Math.round((user + system) / count),
    'us/job': Math.round((spent * 1_000) / count),
    'loop p99 ms': Math.round(delay.percentile(99) / 1e5) / 10,
    'heap MB after': Math.round(process.memoryUsage().heapUsed / 2 ** 20),
  };
}

await instance.start();
await run(fillBatch, SMALL);
for (const [what, fill] of Object.entries({ batch: fillBatch, chain: fillChain }))
  for (const count of [SMALL, Number(jobs)])
    process.stdout.write(`${what} of ${count}: ${JSON.stringify(await run(fill, count))}\n`);
await instance.stop();
process.exit(0);
