// One honest line for each reason why a job is not running.
import { expect, test } from 'vitest';
import type { JobRecord } from '../job/record.ts';
import { type Situation, whyNot } from './why.ts';

const NOW = 1_767_225_600_000;
const job = {
  state: 'ready',
  type: 'mail',
  attempt: 0,
  maxRetries: 3,
  reason: null,
  error: null,
  plugin: 'email',
  lane: 'email',
  dueAt: null,
  startedAt: null,
  crashes: 1,
  loneCrashes: 0,
} as JobRecord;
const facts: Situation = {
  now: NOW,
  claiming: true,
  slots: 5,
  running: 0,
  inLane: 0,
  laneLimit: Number.POSITIVE_INFINITY,
  typePark: null,
  pause: null,
  served: true,
  leftToOthers: false,
  others: [],
  ahead: 0,
};

test.each<[string, Partial<JobRecord>, Partial<Situation>, RegExp]>([
  [
    'with its worker killed, and no other one there',
    { state: 'processing', startedAt: NOW - 60_000, leaseUntil: NOW - 20_000 },
    { claiming: false },
    /^Its worker stopped responding: the lease expired 20 s ago\. The next running worker will return the job to the queue\.$/,
  ],
  ['behind others', {}, { ahead: 7 }, /^Waiting in queue: 7 jobs are ahead of it in its lane/],
  ['lane busy', {}, { inLane: 2, laneLimit: 2 }, /All 2 slots of its type are busy; it is next in line/],
  [
    'a lane left to other processes',
    {},
    { served: false, leftToOthers: true },
    /\(1 worker running\)\. .* claims from its lane "email"/,
  ],
  ['lane not served', {}, { served: false }, /No worker serves its lane "email"\. It will be moved/],
  [
    'about to be parked',
    {},
    { typePark: 'plugin_disabled' },
    /^About to be put on hold: the plugin "email" is disabled/,
  ],
  [
    'a waiting suspect',
    { crashes: 2 },
    {},
    /^Next in line\. It runs alone in its process because it was running in two crashes\.$/,
  ],
  [
    'a claimed suspect',
    { state: 'processing', attempt: 1, run: 4, startedRun: 3, crashes: 4, loneCrashes: 2 },
    {},
    /^Claimed\. It starts when nothing else runs in its process\. .* in 4 crashes, 2 of them alone/,
  ],
  [
    'parked: no longer paused, and its plugin is off',
    { state: 'parked', reason: 'paused' },
    { typePark: 'plugin_disabled' },
    /the plugin "email" is disabled/,
  ],
  [
    'parked: no longer paused',
    { state: 'parked', reason: 'paused' },
    {},
    /was paused\. It returns to the queue within seconds\.$/,
  ],
  [
    'delayed, and paused',
    { state: 'scheduled', dueAt: NOW + 60_000 },
    { pause: { kind: 'type', name: 'mail', since: NOW, by: 'ada', schedules: [], until: null, reason: null } },
    /^Scheduled to run in 60 s\. Also, its type is paused by ada since/,
  ],
  ['parked: a reason from a newer version', { state: 'parked', reason: 'constructor' }, {}, /the reason is unknown/],
])('%s', (_name, change, more, line) => {
  expect(whyNot({ ...job, ...change }, { ...facts, ...more })).toMatch(line);
});
