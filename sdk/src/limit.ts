// How many jobs of some types may run, or start, over all processes.
import type { Time } from './unique.ts';

export interface LimitNumbers {
  /** Jobs that run at once. */
  concurrency?: number;
  /** At most `n` jobs start in any time as long as `per`. */
  rate?: { n: number; per: Time };
}

export interface LimitRule extends LimitNumbers {
  /** A path in the data, such as `tenant`: the numbers count for each value by itself, and the values take turns. */
  by?: string;
}
