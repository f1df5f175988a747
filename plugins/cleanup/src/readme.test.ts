// The README holds every failure, every setting and every action, with the values of the code.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CleanupConfig } from './config.ts';
import { ACTIONS, DEFAULT_AGE } from './data.ts';
import { RETRYABLE } from './failure.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const rows = (heading: string): string[][] =>
  (readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

test('every failure is listed, with whether it is retried', () => {
  const listed = Object.fromEntries(rows('Failures').map(([, code, retried]) => [code, retried === 'yes']));
  expect(listed).toEqual(RETRYABLE);
});

test('every setting is listed with its default', () => {
  const settings = Object.entries(CleanupConfig.parse({})).map(([key, value]) => [key, JSON.stringify(value)]);
  expect(
    rows('Configuration')
      .slice(0, settings.length)
      .map(([, key, value]) => [key, value]),
  ).toEqual(settings);
});

test('every action is listed with its age', () => {
  const listed = rows('Data').filter(([, name]) => (ACTIONS as readonly string[]).includes(name ?? ''));
  expect(listed.map(([, name, , age]) => [name, age])).toEqual(
    ACTIONS.map((action) => [action, DEFAULT_AGE[action] ?? 'when it has expired']),
  );
});
