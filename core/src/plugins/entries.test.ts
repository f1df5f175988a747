// The `plugins` of the configuration are read, and all their mistakes are reported together.
import { JobsError } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { readEntries } from './entries.ts';

const mistakes = (input: unknown): unknown => {
  try {
    readEntries(input);
    return [];
  } catch (error) {
    return error instanceof JobsError && error.code === 'INVALID_CONFIG'
      ? error.errors.map(({ path, message }) => `${path} ${message}`)
      : error;
  }
};

test('true, false and an object are valid entries', () => {
  const entries = readEntries({ email: true, report: false, 'my-own': { use: './x.js', config: { a: 1 } } });
  expect([...entries]).toEqual([
    ['email', { enabled: true }],
    ['report', { enabled: false }],
    ['my-own', { use: './x.js', config: { a: 1 } }],
  ]);
});

test('every mistake is listed with its key', () => {
  const plugin = { init: () => {} };
  expect(
    mistakes({ Email: true, a: 'yes', b: { enabled: 1, uses: 'x' }, c: { use: '' }, d: plugin, constructor: true }),
  ).toEqual([
    'plugins.Email must have a name that starts with a lower-case letter and has only letters, digits and dashes, at most 50 characters',
    'plugins.a must be true, false or { enabled, use, config }',
    'plugins.b.uses is not a known setting: did you mean use?',
    'plugins.b.enabled must be true or false',
    'plugins.c.use must be a path, a package or the plugin itself',
    'plugins.d is the plugin object itself: write { use: plugin }',
  ]);
  expect(mistakes(['email'])).toEqual(['plugins must be an object: { name: true | false | { enabled, use, config } }']);
});
