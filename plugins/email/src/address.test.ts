// Which strings may reach an envelope.
import { expect, test } from 'vitest';
import { BAD } from '../test/addresses.ts';
import { distinct, isAddress } from './address.ts';

const GOOD = [
  'ada@example.com',
  'ADA@EXAMPLE.COM',
  'a@b',
  'no-reply@localhost',
  'first.last+tag@mail.example.co.uk',
  'x_%1-2@xn--bcher-kva.example',
  'user@127.0.0.1',
  `${'a'.repeat(64)}@example.com`,
];

test.each(GOOD)('%j is a valid bare address', (address) => {
  expect(isAddress(address)).toBe(true);
});

test(`each of ${BAD.length} tricks is refused`, () => {
  expect(BAD.length).toBeGreaterThanOrEqual(60);
  expect(BAD.filter((trick) => isAddress(trick))).toEqual([]);
});

test('duplicate addresses are removed, whatever their case', () => {
  expect(distinct(['a@b.c', 'A@B.C', 'd@b.c', 'a@b.c'])).toEqual(['a@b.c', 'd@b.c']);
});
