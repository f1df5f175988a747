// Which line of the log belongs to which attempt: a job that was put back counts its attempts from 1 again. Pure.
import type { Attempt, LogLine } from '@phraseworks/sdk';

export interface LinesByAttempt {
  /** As many lists as there are attempts. */
  lines: LogLine[][];
  /** Of attempts that are not known. */
  stray: LogLine[];
}

/** `attempts` and `logs` oldest first. */
export function byAttempt(attempts: readonly Attempt[], logs: readonly LogLine[]): LinesByAttempt {
  const lines: LogLine[][] = attempts.map(() => []);
  const stray: LogLine[] = [];
  for (const line of logs) {
    const at = attempts.findLastIndex(({ attempt, startedAt }) => attempt === line.attempt && startedAt <= line.at);
    (lines[at] ?? stray).push(line);
  }
  return { lines, stray };
}
