// Stored jobs drained by several worker processes: `processes.js SIDE PROCESSES JOBS TARGET`; prints one line of JSON.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fill, WARM_UP } from './cases.ts';
import { countLeft } from './left.ts';
import { makeSide } from './sides/all.ts';

const SELF = fileURLToPath(import.meta.url);
/** Between two reports of a worker, in milliseconds. */
const REPORT = 20;

interface Tally {
  done: number;
  /** When the last of them ended, in milliseconds since 1970 with a fraction. */
  at: number;
}

const now = (): number => performance.timeOrigin + performance.now();

async function worker(sideName: string, target: string): Promise<void> {
  const side = await makeSide(sideName);
  await side.open(target);
  const tally: Tally = { done: 0, at: 0 };
  let told = 0;
  process.on('message', async (message) => {
    if (message === 'go') {
      await side.work(() => {
        tally.done += 1;
        tally.at = now();
      }, 10);
      setInterval(() => {
        if (tally.done !== told) process.send?.(tally);
        told = tally.done;
      }, REPORT);
    } else {
      await side.stop();
      process.exit(0);
    }
  });
  process.send?.('ready');
}

const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.on('message', (message) => message === 'ready' && resolve());
    child.once('exit', (code) => reject(new Error(`a worker ended with code ${code}`)));
  });

const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.once('exit', () => resolve()));

/** Jobs per second, without the first share of them: there every process still warms up. */
async function drainWith(children: readonly ChildProcess[], jobs: number): Promise<number> {
  const tallies = new Map<ChildProcess, Tally>();
  const sum = (): number => [...tallies.values()].reduce((all, { done }) => all + done, 0);
  const last = (): number => Math.max(...[...tallies.values()].map(({ at }) => at));
  let warm: Tally | undefined;
  const all = new Promise<void>((resolve) => {
    for (const child of children) {
      child.on('message', (tally) => {
        tallies.set(child, tally as Tally);
        const done = sum();
        if (done >= jobs * WARM_UP) warm ??= { done, at: last() };
        if (done >= jobs) resolve();
      });
    }
  });
  for (const child of children) child.send('go');
  await all;
  if (!warm || last() <= warm.at) throw new Error('there were too few jobs to measure anything after the warm-up');
  return (jobs - warm.done) / ((last() - warm.at) / 1_000);
}

const [first = '', second = '', third = '', target = ''] = process.argv.slice(2);
if (first === 'work') await worker(second, third);
else {
  const jobs = Number(third);
  const side = await makeSide(first);
  await side.open(target);
  await fill(side, jobs);
  await side.stop();
  const children = Array.from({ length: Number(second) }, () => fork(SELF, ['work', first, target]));
  await Promise.all(children.map(ready));
  const value = await drainWith(children, jobs);
  for (const child of children) child.send('stop');
  await Promise.all(children.map(ended));
  const { left, total } = await countLeft(first, target);
  if (total !== jobs || (left !== 0 && !first.startsWith('serenis')))
    throw new Error(`${first}: ${left} of ${total} rows are left, ${jobs} were added`);
  const more = left === 0 ? {} : { 'left unsettled': left };
  process.stdout.write(`${JSON.stringify({ value, unit: 'jobs/s', more })}\n`);
  process.exit(0);
}
