// Mistakes in data: each with its path, in our words, without the caller's values.
import { expect, test } from 'vitest';
import { parse, type Schema } from './schema.ts';

const CANARY = 'CANARY-31337';

/** A schema by hand, as any library would offer it. */
const failing = (
  issues: { message: string; path?: (PropertyKey | { key: PropertyKey })[]; [more: string]: unknown }[],
): Schema => ({ '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } });

test("a library's own messages are not shown, because they may contain the value", async () => {
  const schema = failing([
    { message: `expected string, got ${CANARY}`, path: ['to'], code: 'invalid_type', expected: 'string' },
    { message: CANARY, path: ['to'], code: 'too_big', maximum: 10 },
    { message: CANARY, path: ['to'], code: 'unrecognized_keys', keys: [CANARY] },
    { message: CANARY, path: ['to'] },
  ]);
  const parsed = await parse(schema, { to: CANARY }, 'data');
  expect(JSON.stringify(parsed)).not.toContain(CANARY);
  expect(parsed).toMatchObject({
    errors: [{ message: 'must be string' }, { message: 'is too large or too long: at most 10' }, {}, {}],
  });
});

test("the messages of the schema's author are shown, unless they repeat a value", async () => {
  const schema = failing([
    { message: 'Pick a post', path: ['post'], code: 'invalid_type', expected: 'string' },
    { message: `Not ${CANARY}`, path: ['to'], code: 'custom' },
    { message: 'Invalid input: expected string, received undefined', path: ['name'], code: 'invalid_type' },
    { message: 'size must be at least 3 (was missing)', path: ['size'] },
  ]);
  const parsed = await parse(schema, { to: CANARY }, 'data');
  expect(parsed).toMatchObject({
    errors: [
      { path: 'data.post', message: 'Pick a post' },
      { path: 'data.to', message: 'is not valid' },
      { path: 'data.name', message: 'is required' },
      { path: 'data.size', message: 'is required' },
    ],
  });
});

test('a message that quotes part of a value is hidden, and one with only a short word of it is shown', async () => {
  const told = async (message: string, input: unknown) => {
    const parsed = await parse(failing([{ message, path: ['token'], code: 'custom' }]), input, 'data');
    return parsed.ok ? '' : parsed.errors[0]?.message;
  };
  const input = { token: 'sk_live_51HXyzCanary', size: 4, kind: 'a', page: 1 };
  expect(await told('Unexpected token \'s\', "sk_live_51"... is not valid JSON', input)).toBe('is not valid');
  expect(await told('Not SK_LIVE_51HXYZCANARY', input)).toBe('is not valid');
  expect(await told('At most 4 of a kind', input)).toBe('is not valid');
  expect(await told('Choose A4 or letter, at most 10', input)).toBe('Choose A4 or letter, at most 10');
});

test('only the first hundred of thousands of errors are reported', async () => {
  const many = Array.from({ length: 5_000 }, (_, n) => ({ message: `Must be text, not number ${n}`, path: [n] }));
  const parsed = await parse(
    failing(many),
    many.map((_, n) => n),
    'data',
  );
  expect(parsed.ok ? 0 : parsed.errors.length).toBe(100);
});

test('the errors of a union are those of the best matching shape', async () => {
  const schema = failing([
    {
      message: 'no shape fits',
      path: ['transport'],
      code: 'invalid_union',
      errors: [
        [{ message: 'Invalid input', code: 'invalid_type', expected: 'string' }],
        [{ message: 'Invalid input', code: 'invalid_type', expected: 'number', path: ['port'] }],
      ],
    },
  ]);
  const parsed = await parse(schema, { transport: { port: CANARY } }, 'config');
  expect(parsed).toEqual({ ok: false, errors: [{ path: 'config.transport.port', message: 'must be number' }] });
});
