// Jobs with the same key: one after the other, or at most one.

/** Milliseconds, or text: `'30 seconds'`, `'2 minutes'`, `'1 hour'`. */
export type Time = number | string;

/**
 * At most one job of a key. `onConflict` says what happens to one that comes too late: `keep` (default) answers with the job that is there;
 * `replace` gives the waiting job the new data and options, its attempts and steps begin anew; `reject` throws `DUPLICATE_JOB`.
 */
export type Unique =
  /** At most one waits; it may wait beside a running one, and starts after that has ended. */
  | { while?: 'waiting'; onConflict?: 'keep' | 'replace' | 'reject' }
  /** The waiting one runs when its key was not added for as long as `quiet`, at the latest `maxWait` after the first. */
  | { while?: 'waiting'; onConflict?: 'keep' | 'replace'; quiet: Time; maxWait?: Time }
  /** None is added while one waits or runs. */
  | { while: 'active'; onConflict?: 'keep' | 'reject' }
  /** None is added for this long after the first. */
  | { period: Time; onConflict?: 'keep' | 'reject' };

/** What became of an added job: `kept` and `replaced` answer with the job of its key that was there. */
export type AddOutcome = 'added' | 'kept' | 'replaced';
