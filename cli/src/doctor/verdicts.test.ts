// The verdicts of `doctor` on its findings.

import type { SeenNode } from '@phraseworks/jobs/internals/core';
import { expect, test } from 'vitest';
import { skewVerdict } from './database-checks.ts';
import { driverCheck, enginesOf, nodeCheck, roomCheck } from './process-checks.ts';
import { lanesVerdict, parkedVerdict, pluginsVerdict } from './work-checks.ts';

test.each([
  ['20.20.2', 'ok'],
  ['22.12.0', 'ok'],
  ['25.1.0', 'ok'],
  ['20.18.0', 'fail'],
  ['21.0.0', 'fail'],
  ['18.20.0', 'fail'],
])('Node.js %s is %s by the engines of the package', (version, state) => {
  expect(nodeCheck(version, enginesOf()).state).toBe(state);
});

test('the drivers that are installed are found with their version', () => {
  expect(driverCheck('better-sqlite3')).toMatchObject({
    state: 'ok',
    says: expect.stringMatching(/^better-sqlite3 \d+\./),
  });
  expect(driverCheck('mysql2')).toMatchObject({ state: 'ok', says: expect.stringMatching(/^mysql2 \d+\./) });
});

test.each([
  [50e9, 100e9, 'ok'],
  [9e9, 100e9, 'warn'],
  [0.9e9, 2e9, 'warn'],
  [9e6, 1e9, 'fail'],
])('%d free bytes of %d are %s', (free, size, state) => {
  expect(roomCheck('disk', free, size).state).toBe(state);
});

test('clocks may differ by two seconds; beyond that, the check says which one is behind', () => {
  expect(skewVerdict(-2_000).state).toBe('ok');
  expect(skewVerdict(2_100)).toMatchObject({ state: 'warn', says: 'this machine is 2.1 s behind the database' });
  expect(skewVerdict(-65_000).says).toBe('this machine is 65.0 s ahead of the database');
});

const node = (about: SeenNode['about']): SeenNode => ({ id: 'n', pid: 1, startedAt: 0, heartbeatAt: 0, about });

test('a plugin that failed in one process is named, although it is on in the others', () => {
  const [web, worker] = [
    node({ plugins: { email: 'on', image: 'off' } }),
    node({ hostname: 'web-1', plugins: { email: 'failed' } }),
  ];
  expect(pluginsVerdict([web])).toEqual([]);
  expect(pluginsVerdict([web, worker, worker])).toMatchObject([
    {
      state: 'warn',
      says: 'failed: email in 2 of 3 processes',
      advice: 'The log of the process 1 on web-1 has the reason.',
    },
  ]);
});

test('lanes with waiting jobs need a worker that serves them', () => {
  const mail = node({ roles: ['worker'], lanes: { mail: null } });
  expect(lanesVerdict([], []).state).toBe('ok');
  expect(lanesVerdict(['mail'], []).says).toBe('jobs are waiting, but no process is running');
  expect(lanesVerdict(['mail'], [node({ roles: ['web'] })]).state).toBe('warn');
  expect(lanesVerdict(['mail'], [mail]).state).toBe('ok');
  expect(lanesVerdict(['mail', 'image'], [mail]).says).toBe('jobs are waiting, but no process claims from image');
  expect(lanesVerdict(['mail'], [node({})]).state).toBe('ok');
});

test('delayed jobs that are due count as waiting if no worker runs', () => {
  expect(lanesVerdict([], [], true).says).toBe('jobs are waiting, but no process is running');
  expect(lanesVerdict([], [node({ roles: ['worker'] })], true).state).toBe('ok');
});

test('parked jobs are fine if someone paused or disabled them, and a warning if no process can run them', () => {
  expect(parkedVerdict(new Map()).says).toBe('none');
  expect(parkedVerdict(new Map([['plugin_disabled', 3]]))).toMatchObject({ state: 'ok', says: '3 plugin_disabled' });
  expect(parkedVerdict(new Map([['no_processor', 1]])).state).toBe('warn');
});
