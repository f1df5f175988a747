// What claims and additions ask limits; `limit-store.ts` answers. Types without a limit ask nothing.
import type { Limit } from '../job/limit.ts';
import type { JobRecord } from '../job/record.ts';
import type { Changes } from './changes.ts';
import type { ClaimGates } from './limits.ts';
import type { Tx } from './tx.ts';

export interface StoredLimits {
  /** Locks these limits until the claim is stored. */
  gates(tx: Tx, limits: readonly Limit[]): Promise<ClaimGates>;
  /** Blocks those of these new jobs for which there is no place. */
  place(tx: Tx, changes: Changes, records: readonly JobRecord[]): Promise<void>;
}
