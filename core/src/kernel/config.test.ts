// Settings: the specification's defaults, and all mistakes at once.
import { JobsError } from '@phraseworks/sdk';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from './config.ts';

const SECRET = 'hunter2';
function mistakes(input: unknown): { paths: string[]; error: JobsError } {
  try {
    resolveSettings(input);
  } catch (error) {
    if (error instanceof JobsError) return { paths: error.errors.map(({ path }) => path), error };
  }
  throw new Error('the settings were taken');
}

describe('resolveSettings', () => {
  test.each([
    ['a lease below 15 s', { queue: { leaseDuration: 14_999 } }, 'queue.leaseDuration must be at least 15000'],
    ['text for a number', { queue: { maxQueueSize: SECRET } }, 'queue.maxQueueSize must be of type number'],
    ['a fraction', { queue: { defaultRetries: 0.5 } }, 'queue.defaultRetries must be a whole number'],
    ['an unknown role', { roles: [SECRET] }, 'roles.0 must be one of web, worker, scheduler'],
    ['not a number', { queue: { jobTimeout: Number.NaN } }, 'queue.jobTimeout must be'],
  ])('refuses %s, with the key and the limit but not the value', (_name, input, line) => {
    const { error } = mistakes(input);
    expect(error.message).toContain(line);
    expect(error.message).not.toContain(SECRET);
  });

  test.each([null, 5, 'x', []])('refuses %j', (input) => {
    expect(mistakes(input).error.code).toBe('INVALID_CONFIG');
  });

  test.each(['jobs', '/', '/jobs/', '/a b', '/../x?', '/jobs\n'])('refuses %j as a mount path', (mountPath) => {
    expect(mistakes({ mountPath }).paths).toEqual(['mountPath']);
  });
});
