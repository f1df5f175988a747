// Mistakes of plugins, jobs and hosts that no caller awaits: none of them ends the site's process.
import { expect, test } from 'vitest';
import { startChild } from '../../../test/support/child.ts';

const start = (mistake: string) => startChild('../../core/test/crash/strays-child.ts', mistake, { NODE_ENV: 'test' });

test.each([
  ['a cancel', 'cancelled'],
  ['a timeout', 'failed'],
  ['a disabled plugin', 'parked'],
])('a listener of job.signal that fails at %s fails its attempt alone', async (cause, status) => {
  const child = start(`a listener of job.signal at ${cause}`);
  expect(await child.line('job ')).toBe(status);
  expect(await child.over, child.errors()).toBe(0);
});

test.each(['a listener of job.signal that rejects', 'a listener of job.signal at a stop'])(
  '%s fails its attempt alone',
  async (mistake) => {
    const child = start(mistake);
    expect(await child.over, child.errors()).toBe(0);
    expect(child.lines).toContain('lives');
  },
);

test.each([
  'a timer of init()',
  'a promise of init()',
  'a listener of ctx.signal',
  'a listener of ctx.signal that rejects',
  'a timer of onDisable()',
  'a timer of a hook',
  'a listener of the signal of a hook',
  'a stream of a route',
  'a timer of a lazy loader',
])('the error of %s is charged to its plugin', async (mistake) => {
  const child = start(mistake);
  expect(await child.line('error the plugin "shop", an uncaught error:')).toContain('out of place');
  expect(await child.over, child.errors()).toBe(0);
});

test.each(['a summary', 'the logger of the host'])('a failing promise of %s is dropped', async (mistake) => {
  const child = start(mistake);
  await child.line('lives');
  expect(await child.over, child.errors()).toBe(0);
});

test('an authorize() that rejects refuses the request', async () => {
  const child = start('authorize');
  expect(await child.line('answer ')).toBe('403');
  expect(await child.over, child.errors()).toBe(0);
});
