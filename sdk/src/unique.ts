// Jobs with the same key: one after the other, or at most one.

/** Milliseconds, or text: `'30 seconds'`, `'30s'`, `'1 hour'`. */
export type Time = number | string;

/**
 * At most one job of a key. `onConflict` says what becomes of one that comes while there is another: `keep` (default) answers with the one that
 * is there; `replace` gives the waiting one the new data and options, and its attempts and steps begin anew; `reject` throws `DUPLICATE_JOB`.
 *
 * - `while: 'waiting'` (default): at most one waits. It may wait beside one that runs, and starts after that has ended.
 * - `while: 'active'`: none is added while one waits or runs.
 * - `while: { period: '1h' }`: none is added for that long after the first.
 * - `quiet`: the waiting one runs when its key was not added for that long, at the latest `maxWait` after the first.
 */
export type Unique =
  | { while?: 'waiting'; onConflict?: 'keep' | 'replace' | 'reject' }
  | { while?: 'waiting'; onConflict?: 'keep' | 'replace'; quiet: Time; maxWait?: Time }
  | { while: 'active' | { period: Time }; onConflict?: 'keep' | 'reject' };

/** What became of an added job: `kept` and `replaced` answer with the job of its key that was there. */
export type AddOutcome = 'added' | 'kept' | 'replaced';
