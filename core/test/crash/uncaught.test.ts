// Whose error ends a process: that of a job does not, that of the host or of the core does as ever.
import { expect, test } from 'vitest';
import { startChild } from '../../../test/support/child.ts';
import type { UncaughtOrders } from './uncaught-child.ts';

const start = (more: Partial<UncaughtOrders>) => {
  const orders: UncaughtOrders = { database: 'sqlite::memory:', fails: 'host', hostListens: false, ...more };
  return startChild('../../core/test/crash/uncaught-child.ts', orders, { NODE_ENV: 'test' });
};

test.each(['host', 'core'] as const)(
  'a job that throws in a timer fails alone; a later error of the %s ends the process as usual',
  async (fails) => {
    const child = start({ fails });
    expect(await child.line('signal ')).toBe('uncaught');
    expect(await child.line('over ')).toBe('uncaught: the job failed');
    expect(await child.over).toBe(1);
    expect(child.errors()).toContain(`Error: the ${fails} failed`);
    expect(child.errors()).not.toContain('Error: the job failed');
  },
);

test('a host that handles uncaught errors receives both and decides for itself', async () => {
  const child = start({ hostListens: true });
  await child.line('heard the job failed');
  await child.line('heard the host failed');
  child.signal('SIGKILL');
  await child.over;
});
