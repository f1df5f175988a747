// The README names every code, config key and route, and no other.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { BackupConfig } from './config.ts';
import { RETRYABLE } from './failure.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test('it lists each failure code with whether it is retried', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z0-9_]+)` +\| (yes|no) /gm)].map(([, code, retried]) => [
    code,
    retried === 'yes',
  ]);
  expect(Object.fromEntries(rows)).toEqual(RETRYABLE);
});

test('it lists each config key', () => {
  const keys = Object.keys(BackupConfig.shape);
  const section = readme.slice(readme.indexOf('## Configuration'), readme.indexOf('## What is backed up'));
  const named = [...section.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w.]+)`/g)].map(([, key]) => key),
  );
  expect(named.sort()).toEqual(keys.sort());
});

test('its defaults are those of the config', () => {
  const defaults = BackupConfig.parse({}) as Record<string, unknown>;
  for (const [, key = '', shown = ''] of readme.matchAll(/^\| `(own|minKeep|level|minFree)` +\| `([^`]+)`/gm))
    expect([key, String(defaults[key])]).toEqual([key, shown.replaceAll("'", '')]);
});
