// The types of a storm of jobs that know of each other, and what is promised of each.
import type { ProcessorOptions } from '@phraseworks/sdk';

interface FlowType {
  options: ProcessorOptions;
  /** Share of the jobs. */
  weight: number;
  keys: number;
  /** The most that run at the same time, of each key or of all. */
  atOnce?: { most: number; by: 'key' | 'type' };
  /** The most that start within so many milliseconds. */
  starts?: { most: number; within: number; by: 'key' | 'type' };
  /** Jobs of a key start in the order in which they were added. */
  inOrder?: boolean;
  /** The last run of a key has the data that was added last. */
  latest?: boolean;
}

const alone = { most: 1, by: 'key' } as const;
const key = ['key'];

export const FLOW: Record<string, FlowType> = {
  serial: { options: { key }, weight: 24, keys: 20, atOnce: alone, inOrder: true },
  latest: { options: { key, unique: { onConflict: 'replace' } }, weight: 24, keys: 5, atOnce: alone, latest: true },
  quiet: {
    options: { key, unique: { onConflict: 'replace', quiet: 100, maxWait: 1_000 } },
    weight: 16,
    keys: 5,
    atOnce: alone,
    latest: true,
  },
  active: { options: { key, unique: { while: 'active' } }, weight: 12, keys: 5, atOnce: alone },
  few: { options: { limit: { concurrency: 3 } }, weight: 6, keys: 1, atOnce: { most: 3, by: 'type' } },
  rated: {
    options: { limit: { rate: { n: 5, per: 1_000 } } },
    weight: 2,
    keys: 1,
    starts: { most: 5, within: 1_000, by: 'type' },
  },
  tenants: {
    options: { limit: { concurrency: 2, by: 'key' } },
    weight: 10,
    keys: 4,
    atOnce: { most: 2, by: 'key' },
  },
  hosts: {
    options: { limit: { rate: { n: 5, per: 1_000 }, by: 'key' } },
    weight: 6,
    keys: 10,
    starts: { most: 5, within: 1_000, by: 'key' },
  },
};
