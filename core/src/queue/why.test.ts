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
  dueAt: null,
  startedAt: null,
  crashes: 1,
  loneCrashes: 0,
} as JobRecord;
const facts: Situation = {
  now: NOW,
  held: null,
  pause: null,
  refusal: null,
  failure: null,
  here: true,
  slots: 5,
  running: 0,
  inGroup: 0,
  groupLimit: Number.POSITIVE_INFINITY,
  workers: 1,
  others: [],
  ahead: 0,
  waitsFor: null,
  deadline: null,
};

test.each<[string, Partial<JobRecord>, Partial<Situation>, RegExp]>([
  [
    'with its worker killed, and no other one there',
    { state: 'processing', startedAt: NOW - 60_000, leaseUntil: NOW - 20_000 },
    { here: false },
    /^Its worker stopped responding: the lease expired 20 s ago\. The next running worker will return the job to the queue\.$/,
  ],
  ['behind others', {}, { ahead: 7 }, /^Waiting in queue: 7 jobs of its type are ahead of it/],
  ['its limit reached', {}, { inGroup: 2, groupLimit: 2 }, /All 2 slots of its type are busy; it is next in line/],
  [
    'no worker for it',
    {},
    { here: false },
    /^No running worker can handle this type \(1 worker running\)\. Start a worker that has the plugin "email"\.$/,
  ],
  ['its plugin off', {}, { held: 'plugin_disabled' }, /^Parked: the plugin "email" is disabled/],
  [
    'its data does not fit',
    {},
    { held: 'data_version', refusal: 'its data was stored by version 2' },
    /^Parked: its data was stored by version 2\. It is tried again/,
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
    'delayed, and paused',
    { state: 'scheduled', dueAt: NOW + 60_000 },
    { held: 'paused', pause: { kind: 'type', name: 'mail', since: NOW, by: 'ada', until: null, reason: null } },
    /^Scheduled to run in 60 s\. Also, it is parked: its type "mail" is paused by ada since/,
  ],
])('%s', (_name, change, more, line) => {
  expect(whyNot({ ...job, ...change }, { ...facts, ...more })).toMatch(line);
});
