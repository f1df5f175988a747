// The page of figures over time.
import { formatDuration } from '@phraseworks/sdk';

const number = (n: number): string => n.toLocaleString('en');
const jobs = (n: number): string => (n === 1 ? '1 job' : `${number(n)} jobs`);

export const metrics = {
  title: 'Metrics',
  range: 'Range',
  ranges: { '1h': '1 hour', '6h': '6 hours', '24h': '24 hours', '7d': '7 days' },
  type: 'Type',
  allTypes: 'All types',
  show: 'Show',
  utc: 'Times are in UTC.',
  now: 'Now',
  last: {
    '1h': 'In the last hour',
    '6h': 'In the last 6 hours',
    '24h': 'In the last 24 hours',
    '7d': 'In the last 7 days',
  },
  states: {
    pending: 'waiting',
    processing: 'running',
    parked: 'parked',
    failed: 'failed',
    completed: 'completed',
    cancelled: 'cancelled',
  },
  sums: { added: 'added', completed: 'completed', failed: 'failed', cancelled: 'cancelled', retried: 'retried' },
  succeeded: 'succeeded',
  share: (part: number, of: number) =>
    of === 0 ? '-' : `${(Math.floor((1_000 * part) / of) / 10).toLocaleString('en')} %`,
  highest: (text: string) => `highest: ${text}`,
  nothing: 'Nothing in this time.',
  jobs,
  number,
  duration: formatDuration,
  per: (step: number) => `per ${step === 60_000 ? 'minute' : step === 3_600_000 ? 'hour' : formatDuration(step)}`,

  charts: {
    results: (per: string) => `Jobs ${per}, by result`,
    resultsTold: (per: string, top: string, when: string) => `Jobs that ended, ${per}. Most of them: ${top}, ${when}.`,
    troubles: (per: string) => `Failed jobs and retries ${per}`,
    troublesTold: (per: string, top: string, when: string) =>
      `Jobs that failed for good and attempts that are tried again, ${per}. Most of them: ${top}, ${when}.`,
    wait: 'Wait before an attempt',
    waitTold: (top: string, when: string) => `How long jobs waited for an attempt. Longest: ${top}, ${when}.`,
    run: 'Run time',
    runTold: (top: string, when: string) => `How long attempts ran. Longest: ${top}, ${when}.`,
    depth: 'Waiting jobs',
    depthTold: (top: string, when: string) => `Jobs that waited. Most of them: ${top}, ${when}.`,
    empty: 'Nothing in this time.',
    p95: '95 of 100 within',
    p50: 'median',
    pending: 'waiting',
  },

  numbers: 'The numbers',
  time: 'Time',
  columns: {
    waitP50: 'wait, median',
    waitP95: 'wait, 95 of 100',
    runP50: 'run, median',
    runP95: 'run, 95 of 100',
    pending: 'waiting',
  },
  leftOut: 'Times at which nothing happened are left out.',

  slow: 'Types by run time',
  slowNone: 'No attempt has completed yet.',
  average: 'average run',
  typical: 'median',
  worst: 'worst 95 of 100',
  nodes: (live: number, running: number, slots: number) =>
    `${live === 1 ? '1 node' : `${number(live)} nodes`} with ${running} of ${slots} slots in use`,
  lost: (n: number) => `${n === 1 ? '1 node' : `${number(n)} nodes`} not heard of`,
  stuck: (n: number) => `${n === 1 ? '1 attempt is' : `${number(n)} attempts are`} stuck`,
};
