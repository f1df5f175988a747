// Do jobs that wait for their key slow anything? `blocked.js JOBS SMALL-TARGET BIG-TARGET`: keyed jobs, and jobs of another type beside them, with
// 20 jobs of each of 1,000 keys and with JOBS of them; then 10,000 additions to one key in flight at once, each replacing the one before.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NewJob } from '@phraseworks/sdk';
import { openOurs } from './sides/ours.ts';

const KEYS = 1_000;
const EACH = 20;
const PIECE = 1_000;
const MEASURED = 20_000;
const REPLACED = 10_000;

const perSecond = (count: number, start: number): number => Math.round(count / ((performance.now() - start) / 1_000));

async function measure(target: string, count: number): Promise<void> {
  const instance = await openOurs(target);
  let left = 0;
  let finish = (): void => {};
  const end = async () => {
    left -= 1;
    if (left === 0) finish();
  };
  const until = (ends: number): Promise<void> => {
    left = ends;
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const fill = async (jobs: number, job: (n: number) => NewJob): Promise<void> => {
    for (let n = 0; n < jobs; n += PIECE)
      await instance.addJobs(Array.from({ length: Math.min(PIECE, jobs - n) }, (_, i) => job(n + i)));
  };
  instance.registerProcessor('keyed', end, { key: ['k'] });
  instance.registerProcessor('plain', end);
  instance.registerProcessor('replaced', async () => {}, {
    key: ['k'],
    unique: { onConflict: 'replace', quiet: '1h' },
  });
  await instance.pauses.pause({ kind: 'type', name: 'plain' });
  await fill(count, (n) => ({ type: 'keyed', data: { k: n % KEYS } }));
  let ended = until(MEASURED);
  let start = performance.now();
  await instance.start();
  await ended;
  const keyed = perSecond(MEASURED, start);
  await instance.pauses.pause({ kind: 'type', name: 'keyed' });
  await fill(MEASURED, () => ({ type: 'plain', data: null }));
  ended = until(MEASURED);
  start = performance.now();
  await instance.pauses.resume('type', 'plain');
  await ended;
  const plain = perSecond(MEASURED, start);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  start = performance.now();
  await Promise.all(
    Array.from({ length: REPLACED }, (_, n) => instance.addJob({ type: 'replaced', data: { k: 1, n } })),
  );
  const replaced = { 'us/addition': Math.round(((performance.now() - start) * 1_000) / REPLACED) };
  const p99 = Math.round(delay.percentile(99) / 1e5) / 10;
  process.stdout.write(
    `${JSON.stringify({ jobs: count, 'keyed/s': keyed, 'plain/s': plain, ...replaced, 'loop p99 ms': p99 })}\n`,
  );
  await instance.stop();
}

const [jobs = '', small = '', big = ''] = process.argv.slice(2);
await measure(small, KEYS * EACH + MEASURED);
await measure(big, Number(jobs));
process.exit(0);
