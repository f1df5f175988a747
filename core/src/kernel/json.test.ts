// Values that cannot be stored unchanged are refused with their path, and no message repeats a value.
import { describe, expect, test } from 'vitest';
import { canonicalJson, DATA_LIMITS, encodeJson } from './json.ts';

const SECRET = 'hunter2-secret';
const encode = (value: unknown, limits = DATA_LIMITS) => encodeJson(value, 'data', limits);
const circular: Record<string, unknown> = { secret: SECRET };
circular.list = [{ back: circular }];
const deep = (levels: number): unknown => (levels === 0 ? SECRET : { a: deep(levels - 1) });

describe('values that JSON preserves are stored', () => {
  test.each<[string, unknown, string]>([
    ['zero below zero', -0, '0'],
    ['nothing', undefined, 'null'],
    ['an object', { a: [1, { b: true }], c: null }, '{"a":[1,{"b":true}],"c":null}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['a date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['an address with its own toJSON', { at: new URL('https://example.org/a') }, '{"at":"https://example.org/a"}'],
    ['the same object twice', ((o) => [o, o])({ a: 1 }), '[{"a":1},{"a":1}]'],
    ['a hole in a list, as JSON does it', [1, undefined, 3], '[1,null,3]'],
    ['twenty levels', deep(20), `${'{"a":'.repeat(20)}"${SECRET}"${'}'.repeat(20)}`],
  ])('%s', (_name, value, text) => {
    expect(encode(value)).toEqual({ ok: true, text });
  });
});

test('400,000 levels are refused, without a stack overflow', () => {
  let nested: unknown = 1;
  for (let level = 0; level < 400_000; level += 1) nested = [nested];
  expect(encode(nested)).toMatchObject({ ok: false, error: { message: expect.stringMatching(/deep/) } });
});

describe('size', () => {
  test.each([
    ['as many bytes as allowed', 'x'.repeat(98), true],
    ['one byte more', 'x'.repeat(99), false],
    ['few characters of many bytes', '\u20ac'.repeat(34), false],
    ['characters of three bytes that fit', '\u20ac'.repeat(32), true],
  ])('%s', (_name, value, fits) => {
    const encoded = encode(value, { bytes: 100, depth: 5 });
    expect(encoded.ok).toBe(fits);
    if (!encoded.ok) expect(encoded.tooLarge).toBe(true);
  });
});

test('the order of keys does not change the canonical text, and the order of a list does', () => {
  expect(canonicalJson('{"b":{"d":1,"c":2},"a":[{"y":1,"x":2}]}')).toBe(
    canonicalJson('{"a":[{"x":2,"y":1}],"b":{"c":2,"d":1}}'),
  );
  expect(canonicalJson('[1,2]')).not.toBe(canonicalJson('[2,1]'));
  expect(canonicalJson('{"a":null}')).not.toBe(canonicalJson('{}'));
});
