// Two states of the core in one process, some jobs on each in turn: `judged.js FOLDER CORE CORE`; prints one line of JSON.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { counter, inFlight } from './cases.ts';
import { median } from './measured.ts';
import type { Side } from './side.ts';
import { ours } from './sides/ours.ts';

/** Turns of each state; the first ones only warm up compilers and caches. */
const TURNS = 20;
const WARM_UP = 5;

/** Processor time of a job in microseconds. */
export interface Judged {
  name: string;
  /** The medians of the two cores. */
  first: number;
  second: number;
  /** The median of second by first of each turn. */
  ratio: number;
}

/** A database of one state, that stays open between its turns. */
interface Opened {
  side: Side;
  /** What waits for a job to run. */
  ran: () => void;
}

const [folder = '', ...cores] = process.argv.slice(2);
const creates = await Promise.all(
  cores.map(async (core) => (await import(pathToFileURL(join(core, 'dist/index.js')).href)).createJobs),
);

async function open(works: boolean): Promise<Opened[]> {
  return Promise.all(
    creates.map(async (create, n) => {
      const opened: Opened = { side: ours(1, create), ran: () => {} };
      await opened.side.open(join(folder, `${works ? 'works' : 'adds'}-${n}.db`));
      if (works) await opened.side.work(() => opened.ran(), 10);
      return opened;
    }),
  );
}

/** Ends when all of them have run. */
async function run(opened: Opened, jobs: number, add: () => Promise<unknown>): Promise<void> {
  const { all, hit } = counter(jobs);
  opened.ran = hit;
  await add();
  await all;
}

interface Turn {
  name: string;
  jobs: number;
  work(opened: Opened, jobs: number): Promise<void>;
}

const numbers = (jobs: number): number[] => Array.from({ length: jobs }, (_, n) => n);

const ADDS: Turn[] = [
  { name: 'add', jobs: 150, work: ({ side }, jobs) => inFlight(side, jobs, 1) },
  { name: '100 in flight', jobs: 2_000, work: ({ side }, jobs) => inFlight(side, jobs, 100) },
];

const WORKS: Turn[] = [
  {
    name: 'drain',
    jobs: 2_000,
    work: (opened, jobs) => run(opened, jobs, async () => opened.side.addMany?.(numbers(jobs))),
  },
  {
    name: 'end to end',
    jobs: 1_000,
    work: (opened, jobs) => run(opened, jobs, () => inFlight(opened.side, jobs, 100)),
  },
  {
    name: 'pickup',
    jobs: 60,
    work: async (opened, jobs) => {
      for (const n of numbers(jobs)) await run(opened, 1, () => opened.side.add(n));
    },
  },
];

async function timeOf({ work, jobs }: Turn, opened: Opened): Promise<number> {
  globalThis.gc?.();
  const begun = process.cpuUsage();
  await work(opened, jobs);
  // What is still to be stored belongs to this turn.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / jobs;
}

async function judge(turn: Turn, states: readonly Opened[]): Promise<Judged> {
  const times: number[][] = states.map(() => []);
  for (let n = 0; n < TURNS; n += 1) {
    // The one that ends a turn begins the next.
    for (const state of n % 2 === 0 ? [0, 1] : [1, 0]) {
      const time = await timeOf(turn, states[state] as Opened);
      if (n >= WARM_UP) times[state]?.push(time);
    }
  }
  const [first = [], second = []] = times;
  const ratio = median(second.map((time, n) => time / (first[n] as number))) as number;
  return { name: turn.name, first: median(first) as number, second: median(second) as number, ratio };
}

const judged: Judged[] = [];
for (const turns of [ADDS, WORKS]) {
  const states = await open(turns === WORKS);
  for (const turn of turns) judged.push(await judge(turn, states));
  for (const { side } of states) await side.stop();
}
process.stdout.write(`${JSON.stringify(judged)}\n`);
process.exit(0);
