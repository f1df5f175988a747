// The README holds every failure and every setting, with the values of the code.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ImageConfig } from './config.ts';
import { RETRYABLE } from './failure.ts';
import { operationSchema } from './operations.ts';

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

test('every operation is listed', () => {
  const listed = rows('Data').flatMap(([, cell]) => /^\{ type: '([a-z]+)'/.exec(cell ?? '')?.[1] ?? []);
  const schema = operationSchema(100);
  expect(listed).toEqual(schema.options.map((option) => option.shape.type.value));
});

test('every setting is listed with its default', () => {
  const { limits, ...rest } = ImageConfig.parse({});
  const own = { ...rest, cores: 'all but one', font: 'of the system' };
  const nested = Object.entries(limits).map(([key, value]) => [`limits.${key}`, value] as const);
  const settings = [...Object.entries(own), ...nested].map(([key, value]) => [
    key,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  const listed = rows('Configuration');
  expect(listed.map(([, key, value]) => [key, value])).toEqual(settings);
});
