// The result of one check of `doctor`, and what to do if it is not ok.

export type CheckState = 'ok' | 'warn' | 'fail';

export interface Check {
  check: string;
  state: CheckState;
  /** What was found. */
  says: string;
  /** What to do, if anything. */
  advice?: string;
}

export const ok = (check: string, says: string): Check => ({ check, state: 'ok', says });
export const warn = (check: string, says: string, advice: string): Check => ({ check, state: 'warn', says, advice });
/** No `advice` if `says` already tells what to do. */
export const fail = (check: string, says: string, advice?: string): Check => ({
  check,
  state: 'fail',
  says,
  ...(advice === undefined ? {} : { advice }),
});
