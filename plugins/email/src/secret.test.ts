// The secret of the links: the same for all processes.
import { expect, test } from 'vitest';
import { openDatabase } from '../test/database.ts';
import { createSecret } from './unsubscribe-link.ts';

test('the first process creates it, and all others use the same', async () => {
  const db = await openDatabase();
  const secrets = await Promise.all([1, 2, 3].map((n) => createSecret(db, undefined, () => `made by ${n}`)()));
  expect(new Set(secrets).size).toBe(1);
  expect(await createSecret(db, undefined, () => 'too late')()).toBe(secrets[0]);
});

test('it cannot be guessed, and the configured one takes precedence', async () => {
  const [one, other] = [await openDatabase(), await openDatabase()];
  const made = await createSecret(one)();
  expect(made.length).toBeGreaterThanOrEqual(43);
  expect(await createSecret(other)()).not.toBe(made);
  expect(await createSecret(one, 'a configured secret')()).toBe('a configured secret');
});
