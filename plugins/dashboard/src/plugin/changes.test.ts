// Which settings a form changes.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldOf } from '../form/field.ts';
import { changesOf } from './settings.tsx';

const Config = z.object({
  from: z.string().default('a@b.org'),
  pool: z.object({ idle: z.int().default(5), size: z.int().optional() }).prefault({}),
  auth: z.object({ user: z.string(), pass: z.string().meta({ secret: true }) }).optional(),
  hosts: z.array(z.string()).default([]),
  more: z.record(z.string(), z.string()).default({}),
});
const field = fieldOf(z.toJSONSchema(Config, { io: 'input' }));
const shown = { from: 'a@b.org', pool: { idle: 5 }, auth: { user: 'ada', pass: '********' }, hosts: [], more: {} };
const pathsOf = (after: object): string[] => changesOf(field, shown, after).map(({ path }) => path);

test('unchanged values, and repeated defaults, are not changes', () => {
  expect(pathsOf(shown)).toEqual([]);
  expect(pathsOf({ auth: shown.auth })).toEqual([]);
});

test('each changed setting is listed by its path', () => {
  expect(
    pathsOf({ from: 'c@d.org', pool: { idle: 9, size: 2 }, auth: { user: 'bob', pass: '********' }, hosts: ['h'] }),
  ).toEqual(['from', 'pool.idle', 'pool.size', 'auth.user', 'hosts']);
});

test('a new or removed secret is marked as secret', () => {
  expect(changesOf(field, shown, { auth: { user: 'ada', pass: 'new' } })).toEqual([
    { path: 'auth.pass', before: '********', after: 'new', secret: true },
  ]);
  expect(changesOf(field, shown, {})).toMatchObject([{ path: 'auth.user' }, { path: 'auth.pass', secret: true }]);
});

test('an unknown key is a change', () => {
  expect(pathsOf({ ...shown, typo: 1 })).toEqual(['typo']);
});
