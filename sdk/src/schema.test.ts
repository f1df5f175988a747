// Mistakes in data: each with its path, in our words, without the caller's values.
import { expect, test } from 'vitest';
import { errorText, fieldPath, parse, parseNow, type Schema } from './schema.ts';

const CANARY = 'CANARY-31337';

/** A schema by hand, as any library would offer it. */
const failing = (
  issues: { message: string; path?: (PropertyKey | { key: PropertyKey })[]; [more: string]: unknown }[],
): Schema => ({ '~standard': { version: 1, vendor: 'test', validate: () => ({ issues }) } });

test('a path reads like the code that would reach the field', () => {
  expect(fieldPath('data', ['items', 0, 'to'])).toBe('data.items[0].to');
  expect(fieldPath('', ['config', { key: 'from' }])).toBe('config.from');
});

test('a key made up by the caller is not repeated', () => {
  expect(fieldPath('data', [`${CANARY} <b>`])).toBe('data.(key)');
});

test('a missing field is reported as required', async () => {
  const parsed = await parse(failing([{ message: 'Invalid input', path: ['to'] }]), {}, 'data');
  expect(parsed).toEqual({ ok: false, errors: [{ path: 'data.to', message: 'is required' }] });
});

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

test('an error reads as one sentence, whoever wrote its message', () => {
  expect(errorText({ path: 'data.to', message: 'is required' })).toBe('data.to is required');
  expect(errorText({ path: 'data.post', message: 'Pick a post' })).toBe('data.post: Pick a post');
  expect(errorText({ path: '', message: 'must be an object' })).toBe('must be an object');
});

test('the result of a synchronous schema is returned at once', () => {
  const schema: Schema<unknown, number> = {
    '~standard': { version: 1, vendor: 'test', validate: () => ({ value: 1 }) },
  };
  expect(parseNow(schema, 'one', 'data')).toEqual({ ok: true, value: 1 });
});

test('the result of an asynchronous schema is awaited', async () => {
  const schema: Schema<unknown, number> = {
    '~standard': { version: 1, vendor: 'test', validate: async () => ({ value: 2 }) },
  };
  expect(await parseNow(schema, 'two', 'data')).toEqual({ ok: true, value: 2 });
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

test('a schema that throws does not throw at the caller: the error is kept for the log and not shown', async () => {
  const throwing = (validate: () => never | Promise<never>): Schema => ({
    '~standard': { version: 1, vendor: 'test', validate },
  });
  const errors = [{ path: 'data', message: 'could not be checked: its schema threw' }];
  const broken = { ok: false, errors, thrown: new Error(CANARY) };
  expect(
    parseNow(
      throwing(() => {
        throw new Error(CANARY);
      }),
      {},
      'data',
    ),
  ).toEqual(broken);
  expect(
    await parse(
      throwing(() => Promise.reject(new Error(CANARY))),
      {},
      'data',
    ),
  ).toEqual(broken);
});
