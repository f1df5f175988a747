// What a change may not fall below, and what we are after: ratios of the same run, or figures of ours.
import { type Measured, median, values } from './measured.ts';
import { AMONG_FIFTY, processesName } from './plans.ts';

interface Bar {
  name: string;
  /** What is held against the bar, in a few words. */
  what: string;
  /** Undefined where its parts were not measured in this run. */
  of(measured: readonly Measured[]): number | undefined;
  better: 'more' | 'less';
  must?: number;
  goal: number;
  unit: string;
}

type Of = Bar['of'];

/** The median of ours over the median of the best of the peers. */
const against =
  (name: string, ...peers: string[]): Of =>
  (measured) => {
    const mine = median(values(measured, name, 'phraseworks'));
    const theirs = peers.map((peer) => median(values(measured, name, peer))).filter((one) => one !== undefined);
    if (mine === undefined || theirs.length === 0) return undefined;
    const less = measured.find((one) => one.name === name)?.better === 'less';
    return mine / (less ? Math.min(...theirs) : Math.max(...theirs));
  };

/** A figure of ours as it is; `more` names one beside the first. */
const figure =
  (name: string, more?: string): Of =>
  (measured) =>
    median(values(measured, name, 'phraseworks', more));

const worst =
  (...parts: Of[]): Of =>
  (measured) => {
    const all = parts.map((part) => part(measured)).filter((one) => one !== undefined);
    return all.length === 0 ? undefined : Math.max(...all);
  };

/** The slowest of several processes over one. */
const several: Of = (measured) => {
  const [one, ...more] = [1, 2, 4].map((n) => median(values(measured, processesName(n), 'phraseworks')));
  const known = more.filter((rate) => rate !== undefined);
  return one === undefined || known.length === 0 ? undefined : Math.min(...known) / one;
};

/** A site with many types against one with a single type, in the case where they cost most. */
const amongFifty: Of = (measured) => {
  const ratios = ['100 in flight', 'drain', 'end to end'].flatMap((name) => {
    const [one, fifty] = ['phraseworks', AMONG_FIFTY].map((side) => median(values(measured, name, side)));
    return one === undefined || fifty === undefined ? [] : [fifty / one];
  });
  return ratios.length === 0 ? undefined : Math.min(...ratios);
};

const x = { better: 'more', unit: 'x' } as const;
const ms = { better: 'less', unit: 'ms' } as const;
const big = worst(figure('depth', 'slower over finished x'), figure('depth', 'slower before pending x'));

export const SQLITE_BARS: readonly Bar[] = [
  { name: 'enqueue 1', what: 'against plainjob', of: against('enqueue 1', 'plainjob'), ...x, goal: 0.6 },
  {
    name: '100 in flight',
    what: 'against plainjob',
    of: against('100 in flight', 'plainjob'),
    ...x,
    must: 10,
    goal: 15,
  },
  { name: 'drain', what: 'against plainjob', of: against('drain', 'plainjob'), ...x, must: 12, goal: 20 },
  { name: 'end to end', what: 'against plainjob', of: against('end to end', 'plainjob'), ...x, must: 12, goal: 20 },
  {
    name: 'pickup p50',
    what: 'against plainjob',
    of: against('pickup', 'plainjob'),
    better: 'less',
    unit: 'x',
    goal: 1,
  },
  { name: 'pickup p50', what: 'ours', of: figure('pickup'), ...ms, must: 1, goal: 0.5 },
  { name: 'pickup p95', what: 'ours', of: figure('pickup', 'p95 ms'), ...ms, must: 5, goal: 1 },
  {
    name: 'loop delay p99',
    what: 'ours, in the drain',
    of: figure('drain', 'loop delay p99 ms'),
    ...ms,
    must: 15,
    goal: 5,
  },
  { name: '50 types', what: 'against one', of: amongFifty, ...x, must: 0.8, goal: 1 },
  { name: 'big tables', what: 'empty against the slower', of: big, better: 'less', unit: 'x', must: 1.5, goal: 1.2 },
  { name: 'fan-out', what: 'against bare ws', of: figure('fan-out', 'against bare x'), ...x, must: 0.5, goal: 0.7 },
  { name: 'start', what: 'ours', of: figure('start'), ...ms, must: 1_500, goal: 1_000 },
  { name: 'chart', what: 'ours, 300 places in two series', of: figure('chart'), ...ms, must: 1, goal: 0.5 },
];

const PEERS = ['serenis', 'serenis single', 'bullmq'];

export const MYSQL_BARS: readonly Bar[] = [
  { name: 'enqueue 1', what: 'against serenis', of: against('enqueue 1', 'serenis'), ...x, must: 1, goal: 1 },
  { name: 'enqueue 1', what: 'against the best peer', of: against('enqueue 1', ...PEERS), ...x, goal: 1 },
  {
    name: '100 in flight',
    what: 'against BullMQ always',
    of: against('100 in flight', 'bullmq'),
    ...x,
    must: 1,
    goal: 1.5,
  },
  {
    name: 'drain',
    what: 'against serenis',
    of: against('drain', 'serenis', 'serenis single'),
    ...x,
    must: 1.3,
    goal: 1.5,
  },
  { name: 'end to end', what: 'against BullMQ always', of: against('end to end', 'bullmq'), ...x, must: 1.4, goal: 3 },
  { name: 'pickup p50', what: 'ours', of: figure('pickup'), ...ms, must: 2.3, goal: 1.5 },
  { name: '50 types', what: 'against one', of: amongFifty, ...x, must: 0.8, goal: 1 },
  { name: 'big tables', what: 'empty against the slower', of: big, better: 'less', unit: 'x', must: 1.5, goal: 1.3 },
  {
    name: 'idle',
    what: 'ours, each of 4 processes',
    of: figure('idle, 4 processes'),
    better: 'less',
    unit: 'queries/s',
    must: 5,
    goal: 2,
  },
  { name: '2 and 4 processes', what: 'the slower against one', of: several, ...x, must: 1, goal: 1.3 },
];

export function compare(measured: readonly Measured[], bars: readonly Bar[]): string[] {
  const rows = ['| bar | what | measured | must | goal | |', '| --- | --- | --- | --- | --- | --- |'];
  for (const { name, what, of, better, must, goal, unit } of bars) {
    const value = of(measured);
    if (value === undefined) continue;
    const reaches = (bar: number): boolean => (better === 'less' ? value <= bar : value >= bar);
    const limit = (bar: number): string => `${better === 'less' ? 'at most' : 'at least'} ${bar} ${unit}`;
    const verdict = verdictOf(must === undefined || reaches(must), reaches(goal));
    rows.push(
      `| ${name} | ${what} | ${value.toFixed(2)} ${unit} | ${must === undefined ? '-' : limit(must)} | ${limit(goal)} | ${verdict} |`,
    );
  }
  return rows;
}

function verdictOf(must: boolean, goal: boolean): string {
  if (!must) return 'NOT MET';
  return goal ? 'goal met' : 'goal not met';
}
