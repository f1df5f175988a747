// Which sides are measured in which cases, and with how many jobs: slower sides get fewer, the rate is what counts.

/** Ours on a site that has many types. */
export const AMONG_FIFTY = 'phraseworks, 50 types';

/** Jobs by case and side; a side that is not named sits the case out. */
export type Plan = Record<string, Record<string, number>>;

export const SQLITE: Plan = {
  'enqueue 1': { phraseworks: 12_000, plainjob: 12_000, liteque: 4_000 },
  '100 in flight': { phraseworks: 60_000, [AMONG_FIFTY]: 60_000, plainjob: 5_000, liteque: 5_000 },
  'bulk 1,000': { phraseworks: 60_000, plainjob: 60_000 },
  drain: { phraseworks: 40_000, [AMONG_FIFTY]: 40_000, plainjob: 6_000, liteque: 2_000 },
  'end to end': { phraseworks: 40_000, [AMONG_FIFTY]: 40_000, plainjob: 4_000, liteque: 2_000 },
  pickup: { phraseworks: 2_000, [AMONG_FIFTY]: 2_000, plainjob: 2_000, liteque: 500 },
};

/** serenis works in batches with a poll of 1 ms; "serenis single" one by one with its own poll. */
export const MYSQL: Plan = {
  'enqueue 1': { phraseworks: 6_000, serenis: 6_000, bullmq: 8_000 },
  '100 in flight': { phraseworks: 60_000, [AMONG_FIFTY]: 60_000, serenis: 12_000, bullmq: 40_000 },
  'bulk 1,000': { phraseworks: 60_000, serenis: 30_000, bullmq: 30_000 },
  drain: { phraseworks: 40_000, [AMONG_FIFTY]: 40_000, serenis: 40_000, 'serenis single': 8_000, bullmq: 30_000 },
  'end to end': { phraseworks: 40_000, [AMONG_FIFTY]: 40_000, serenis: 6_000, 'serenis single': 4_000, bullmq: 24_000 },
  pickup: { phraseworks: 1_000, [AMONG_FIFTY]: 1_000, serenis: 1_000, 'serenis single': 20, bullmq: 1_000 },
};

/** What several worker processes drain together: as many for each number of processes, and enough that four have warmed up, each for itself, by the end of the first share. */
export const PROCESSES = { counts: [1, 2, 4], jobs: 240_000, sides: ['phraseworks', 'serenis', 'bullmq'] } as const;

/** Rows of the big tables, and the jobs that are drained beside them. */
export const DEPTH = { rows: 1_000_000, jobs: 20_000 };

export const processesName = (n: number): string => (n === 1 ? '1 process' : `${n} processes`);
