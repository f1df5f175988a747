// The README holds every error, setting and table, with the values of the code.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ReportConfig } from './config.ts';
import { RETRYABLE } from './data.ts';
import { tables } from './tables.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const rows = (heading: string): string[][] =>
  (readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

test('every error is listed, with whether it is retried', () => {
  const listed = Object.fromEntries(rows('Errors').map(([, code, , retried]) => [code, retried === 'yes']));
  expect(listed).toEqual(RETRYABLE);
});

test('every setting is listed with its default', () => {
  const defaults = ReportConfig.parse({}) as Record<string, unknown>;
  const shown = (value: unknown) =>
    value === undefined || value === '' ? '-' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  expect(rows('Configuration').map(([, key, value]) => [key, value])).toEqual(
    Object.keys(ReportConfig.shape).map((key) => [key, shown(defaults[key])]),
  );
});

test('every table is listed', () => {
  const named = readme.split('## Tables\n')[1] ?? '';
  expect(tables.filter(({ name }) => !named.includes(name))).toEqual([]);
});
