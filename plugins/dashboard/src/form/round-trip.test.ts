// Values are unchanged after a round trip through a form.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Draft, draftOf, fill, read, reshape } from './draft.ts';
import { fieldOf } from './field.ts';

const Shape = z.strictObject({
  type: z.literal('mail'),
  to: z.union([z.string(), z.array(z.string())]),
  name: z.string().optional(),
  count: z.int().optional(),
  share: z.number().nullable().optional(),
  must: z.string().nullable(),
  quick: z.boolean().optional(),
  fit: z.enum(['cover', 'fill']).optional(),
  auth: z.object({ user: z.string(), pass: z.string().meta({ secret: true }) }).optional(),
  steps: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('resize'), width: z.int().optional(), sizes: z.array(z.int()).optional() }),
        z.object({ type: z.literal('flip'), direction: z.enum(['x', 'y']) }),
      ]),
    )
    .optional(),
  extra: z.record(z.string(), z.unknown()).optional(),
});
const field = fieldOf(z.toJSONSchema(Shape, { io: 'input' }));
const base = { type: 'mail', to: 'ada@example.test', must: null };
const posted = (value: unknown): Draft => draftOf(Object.fromEntries(fill(field, value)));

test.each<[string, object]>([
  ['a minimal value', {}],
  ['one recipient in a list', { to: ['ada@example.test'] }],
  ['recipients', { to: ['ada', 'bob'] }],
  ['plain values', { name: 'Ada', count: 3, share: 0.5, must: 'x', quick: false, fit: 'fill' }],
  ['an optional null', { share: null }],
  ['lines', { name: 'one\ntwo' }],
  ['an empty text', { name: '' }],
  ['invisible characters', { name: 'a\u202eb\u0000\r', extra: { 'k\u200b': '\u2066' } }],
  [
    'steps of several shapes',
    { steps: [{ type: 'flip', direction: 'y' }, { type: 'resize', sizes: [1, 2] }, { type: 'resize' }] },
  ],
  ['an empty list', { steps: [] }],
  ['an empty object', { auth: {} }],
  ['a record', { extra: { deep: [{ a: 1 }], text: 'x' } }],
  ['unknown keys', { typo: 1, steps: [{ type: 'flip', direction: 'x', odd: true }] }],
  ['values of other types', { name: 7, count: '7', quick: 'yes', to: { a: 1 }, steps: 'none' }],
  ['more rows than a form has', { to: Array.from({ length: 300 }, (_, i) => `user${i}`) }],
  ['a key that looks like a path', { 'a/b?rows~': 1 }],
  ['another constant', { type: 'letter' }],
])('the form keeps %s', (_, more) => {
  const value = { ...base, ...more };
  const { value: back, broken } = read(field, posted(value));
  expect({ back, broken }).toEqual({ back: value, broken: new Map() });
});

test('an edited job keeps its file', () => {
  const file = { upload: 'u1', name: 'a.png', type: 'image/png', size: 7 };
  const shape = z.object({
    file: z.object({ upload: z.string(), name: z.string(), type: z.string(), size: z.number() }),
  });
  const form = fieldOf(z.toJSONSchema(shape));
  expect(read(form, draftOf(Object.fromEntries(fill(form, { file })))).value).toEqual({ file });
});

test('a secret is not in the form; an empty field keeps it, a new one replaces it, and it can be removed', () => {
  const draft = posted({ ...base, auth: { user: 'ada', pass: '********' } });
  expect(draft.get('data/auth/pass')).toBeUndefined();
  const passOf = (changed: Record<string, string>) =>
    (read(field, new Map([...draft, ...Object.entries(changed)])).value as { auth: { pass?: string } }).auth.pass;
  expect(passOf({ 'data/auth/pass': '' })).toBe('********');
  expect(passOf({ 'data/auth/pass': 'new' })).toBe('new');
  expect(passOf({ 'data/auth/pass': '', 'data/auth/pass?forget': '1' })).toBeUndefined();
});

test.each<[string, unknown]>([
  ['', undefined],
  ['12', 12],
  ['-0.5', -0.5],
  ['twelve', 'twelve'],
  ['0x10', '0x10'],
  ['1e999', '1e999'],
  ['9007199254740993', '9007199254740993'],
])('the number %j is parsed as %j', (text, value) => {
  const draft = draftOf({ 'data/count': text });
  expect((read(field, draft).value as { count?: unknown }).count).toBe(value);
});

test('rows are added, moved and removed with everything typed in them', () => {
  const draft = posted({
    ...base,
    steps: [
      { type: 'flip', direction: 'y' },
      { type: 'resize', width: 1, sizes: [4, 5] },
    ],
  });
  expect([reshape(draft, 'add data/steps'), reshape(draft, 'raise data/steps/1'), reshape(draft, 'show')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(read(field, draft).value).toMatchObject({
    steps: [{ width: 1, sizes: [4, 5] }, { direction: 'y' }, { type: 'resize' }],
  });
  reshape(draft, 'remove data/steps/0');
  reshape(draft, 'remove data/steps/1');
  expect(read(field, draft).value).toMatchObject({ steps: [{ type: 'flip', direction: 'y' }] });
  reshape(draft, 'remove data/steps/0');
  expect(read(field, draft).value).toMatchObject({ steps: [] });
});

test('invalid JSON is reported by its place and kept', () => {
  const draft = draftOf({ 'data/extra': '{ "a": ', 'data/to?rows': '1000000000' });
  expect([...read(field, draft).broken]).toEqual([['data/extra', 'JSON is incomplete.']]);
  expect(draft.get('data/extra')).toBe('{ "a": ');
});
