// Whether the settings in use are those that were typed.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldOf } from '../form/field.ts';
import { differs } from './settings.tsx';

const Config = z.object({
  from: z.string().default('a@b.org'),
  pool: z.object({ idle: z.int().default(5), size: z.int().optional() }).prefault({}),
  auth: z.object({ user: z.string(), pass: z.string().meta({ secret: true }) }).optional(),
  hosts: z.array(z.string()).default([]),
});
const field = fieldOf(z.toJSONSchema(Config, { io: 'input' }));
const used = { from: 'a@b.org', pool: { idle: 5 }, auth: { user: 'ada', pass: '********' }, hosts: [] };
const auth = used.auth;

test.each<[string, object, boolean]>([
  ['as they are in use', used, false],
  ['without the defaults', { auth }, false],
  ['with a new secret', { auth: { user: 'ada', pass: 'new' } }, false],
  ['with another text', { auth, from: 'c@d.org' }, true],
  ['with another number in a group', { auth, pool: { idle: 9 } }, true],
  ['with an entry in a list', { auth, hosts: ['h'] }, true],
  ['with an unknown key', { auth, typo: 1 }, true],
  ['without a secret that is in use', { auth: { user: 'ada' } }, true],
])('settings typed %s: %j differ: %s', (_, typed, expected) => {
  expect(differs(field, typed, used)).toBe(expected);
});
