// From which level on a process says what happens to it: LOG_LEVEL.
import { JobsError } from '@phraseworks/sdk';
import type { Env } from '../env.ts';
import type { Level } from '../logger.ts';

/** `warn` by default. Throws `INVALID_CONFIG`. */
export function logLevel(env: Env): Level {
  const text = env.LOG_LEVEL;
  if (text === undefined || text === '') return 'warn';
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error' || text === 'silent') return text;
  throw new JobsError('INVALID_CONFIG', 'LOG_LEVEL must be debug, info, warn, error or silent.');
}
