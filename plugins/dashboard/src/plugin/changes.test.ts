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

test('what stays, and what only repeats a default, is no change', () => {
  expect(pathsOf(shown)).toEqual([]);
  expect(pathsOf({ auth: shown.auth })).toEqual([]);
});

test('each changed setting is named by its place', () => {
  expect(
    pathsOf({ from: 'c@d.org', pool: { idle: 9, size: 2 }, auth: { user: 'bob', pass: '********' }, hosts: ['h'] }),
  ).toEqual(['from', 'pool.idle', 'pool.size', 'auth.user', 'hosts']);
});

test('a new secret, and one that goes, are marked as secret', () => {
  expect(changesOf(field, shown, { auth: { user: 'ada', pass: 'new' } })).toEqual([
    { path: 'auth.pass', before: '********', after: 'new', secret: true },
  ]);
  expect(changesOf(field, shown, {})).toMatchObject([{ path: 'auth.user' }, { path: 'auth.pass', secret: true }]);
});

test('a key that nobody knows is a change, too', () => {
  expect(pathsOf({ ...shown, typo: 1 })).toEqual(['typo']);
});
