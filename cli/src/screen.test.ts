// The start screen says only what this process does.
import type { Info } from '@phraseworks/jobs';
import { expect, test } from 'vitest';
import { Screen, type ScreenFacts } from './screen.ts';

function linesFor(roles: Info['roles'], workers = 0, plugins: ScreenFacts['plugins'] = []): string[] {
  const lines: string[] = [];
  const info: Info = {
    engine: 'SQLite',
    version: '3.53.2',
    durability: 'full',
    location: 'data/jobs.db',
    node: 'n1',
    roles,
    running: true,
    storage: { writable: true, reason: null, message: null, since: '2026-01-01T00:00:00.000Z' },
    plugins: {},
  };
  new Screen((line) => lines.push(line), false).started({
    version: '0.1.0',
    node: '20.20.2',
    info,
    plugins,
    schedules: [],
    url: 'http://localhost:3210/jobs',
    configFile: undefined,
    link: undefined,
    port: { wanted: 3_210, got: 3_210 },
    slots: 5,
    workers,
  });
  return lines;
}

test('the start screen of a process without a worker does not say that it runs jobs', () => {
  expect(linesFor(['web'])).toContain('  off      worker       this process only adds jobs (roles)');
});

test('worker processes are counted', () => {
  expect(linesFor(['web', 'scheduler'], 1)).toContain('  ok       worker       1 process, 5 slots each');
  expect(linesFor(['web', 'scheduler'], 2)).toContain('  ok       worker       2 processes, 5 slots each');
});

test.each([
  ['on', ['GET /api/docs'], 'docs'],
  ['off', [], 'openapi.json'],
] as const)(
  'with the plugin of the reference %s, its routes %j, the API is described at /api/%s',
  (state, routes, page) => {
    const plugin = { name: 'reference', state, types: [], reason: null, routes: [...routes] };
    expect(linesFor(['web'], 0, [plugin]).join('\n')).toContain(`API  http://localhost:3210/jobs/api/${page} `);
  },
);
