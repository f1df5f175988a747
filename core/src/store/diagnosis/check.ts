// One thing that was looked at: whether it is as it should be, and what to do where it is not.

export type CheckState = 'ok' | 'warn' | 'fail';

export interface Check {
  check: string;
  state: CheckState;
  /** What was found. */
  says: string;
  /** What to do; only where something is to be done. */
  advice?: string;
}

export const ok = (check: string, says: string): Check => ({ check, state: 'ok', says });
export const warn = (check: string, says: string, advice: string): Check => ({ check, state: 'warn', says, advice });
/** Without `advice` where what was found says it already. */
export const fail = (check: string, says: string, advice?: string): Check => ({
  check,
  state: 'fail',
  says,
  ...(advice === undefined ? {} : { advice }),
});
