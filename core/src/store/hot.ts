// The statements that every job passes through, where the engines have no good one in common.
import type { ClaimedJob } from '../queue/record.ts';
import type { Tx } from './dialect.ts';
import type { QueueSize } from './queue-room.ts';
import type { AttemptRow, LogRow, SettleRow } from './rows.ts';

export interface ClaimParams {
  lane: string;
  priority: number;
  limit: number;
  node: string;
  leaseUntil: number;
  now: number;
}

export interface CountRow {
  state: string;
  type: string;
  shard: number;
  n: number;
}

export interface TotalRow {
  type: string;
  shard: number;
  runs: number;
  ms: number;
}

export interface Held {
  id: string;
  run: number;
}

export interface KnownKey {
  id: string;
  fingerprint: string | null;
}

export interface Hot {
  /** Jobs beyond the free slots that are worth claiming at once, at most. */
  readonly ahead: number;
  /** How many jobs there is room for, before `adding`; exact as soon as it is less than half of `most`. */
  room(tx: Tx, params: { most: QueueSize; adding: QueueSize; now: number }): Promise<QueueSize>;
  /** The jobs that have these idempotency keys. */
  byKeys(tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, KnownKey>>;
  /** The best priority in each lane; lanes in which nothing is ready are left out. For a claim as its transaction sees it, and on a server as it was a moment ago; `above` leaves out this priority and better ones. */
  heads(
    lanes: readonly string[],
    claim?: { tx: Tx; now: number; above?: number },
  ): Promise<ReadonlyMap<string, number>>;
  /** Nothing is ready in these lanes, as the transaction sees it; on a server as it was a moment ago. */
  noneReady(tx: Tx, lanes: readonly string[], now: number): Promise<boolean>;
  /** Takes ready jobs of one lane and priority, oldest first. */
  claim(tx: Tx, params: ClaimParams): Promise<ClaimedJob[]>;
  /** Jobs were added here, or have come back and may be older than those that were claimed last. */
  rewind(why: 'added' | 'back'): void;
  /** The guarded write of outcomes: for each whether its claim still held. May throw `RunAgain`. */
  settle(tx: Tx, rows: readonly SettleRow[]): Promise<boolean[]>;
  /** New leases for all jobs of a node; answers what it holds. `leaseUntil` is asked at the last moment: after a wait for the database it must not shorten the leases of jobs that were claimed meanwhile. */
  renew(tx: Tx, params: { node: string; leaseUntil: () => number }): Promise<Held[]>;
  addCounts(tx: Tx, rows: readonly CountRow[]): Promise<void>;
  addTotals(tx: Tx, rows: readonly TotalRow[]): Promise<void>;
  /** Rows that are there already are left as they are. */
  addAttempts(tx: Tx, rows: readonly AttemptRow[]): Promise<void>;
  addLogs(tx: Tx, rows: readonly LogRow[]): Promise<void>;
}
