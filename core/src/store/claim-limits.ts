// What claims and additions ask limits. `limits.ts` and `limited-jobs.ts` answer. Types without a limit ask nothing.
import type { Limit } from '../job/limit.ts';
import type { ClaimedJob, JobRecord } from '../job/record.ts';
import type { Tx } from './tx.ts';

/** The limits of the types of one claim, locked until it is stored. */
export interface Gates {
  /** How many more jobs may start. */
  roomOf(limit: Limit): number;
  /** Ready jobs of a type whose limit has `by`: the values in turn, each in its order. */
  inTurn(type: string, priority: number, most: number): Promise<string[]>;
  took(limit: Limit, jobs: readonly ClaimedJob[]): Promise<void>;
  /** Stores what was taken. */
  write(): Promise<void>;
}

/** The places of the jobs that one transaction adds. */
export interface Placing {
  /** Blocks a job for which there is no place. */
  place(record: JobRecord): void;
  write(): Promise<void>;
}

export interface StoredLimits {
  gates(tx: Tx, limits: ReadonlyMap<string, Limit>): Promise<Gates>;
  placing(tx: Tx, records: readonly JobRecord[]): Promise<Placing>;
}
