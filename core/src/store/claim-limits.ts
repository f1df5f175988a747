// What claims and additions ask limits. `limit-store.ts` answers. Types without a limit ask nothing.
import type { Limit } from '../job/limit.ts';
import type { ClaimedJob, JobRecord } from '../job/record.ts';
import type { Changes } from './changes.ts';
import type { Tx } from './tx.ts';

/** The limits of the types of one claim, locked until it is stored. */
export interface Gates {
  /** How many more jobs may start. */
  roomOf(limit: Limit): number;
  /** Ready jobs of a type whose limit has `by`: the values in turn, each in its order. */
  inTurn(type: string, priority: number, most: number): Promise<string[]>;
  took(limit: Limit, jobs: readonly ClaimedJob[]): void;
  /** Stores what was taken. */
  write(): Promise<void>;
}

export interface StoredLimits {
  gates(tx: Tx, limits: readonly Limit[]): Promise<Gates>;
  /** Blocks those of these new jobs for which there is no place. */
  place(tx: Tx, changes: Changes, records: readonly JobRecord[]): Promise<void>;
}
