// The level and format of a process's log: LOG_LEVEL and LOG_FORMAT.

import type { Level, LogFormat } from '@phraseworks/jobs';
import type { Env } from '@phraseworks/jobs/internals/base';
import { JobsError } from '@phraseworks/sdk';

/** `warn` by default. Throws `INVALID_CONFIG`. */
export function logLevel(env: Env): Level {
  const text = env.LOG_LEVEL;
  if (text === undefined || text === '') return 'warn';
  if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error' || text === 'silent') return text;
  throw new JobsError('INVALID_CONFIG', 'LOG_LEVEL must be debug, info, warn, error or silent.');
}

/** `plain` by default. Throws `INVALID_CONFIG`. */
export function logFormat(env: Env): LogFormat {
  const text = env.LOG_FORMAT;
  if (text === undefined || text === '' || text === 'plain') return 'plain';
  if (text === 'json') return text;
  throw new JobsError('INVALID_CONFIG', 'LOG_FORMAT must be plain or json.');
}
