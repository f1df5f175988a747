// One honest line for each reason why a job is not running.
import { expect, test } from 'vitest';
import type { AboutNode } from '../db/node-about.ts';
import type { JobRecord } from './record.ts';
import { type Facts, whyNot } from './why.ts';

const NOW = 1_767_225_600_000;
const other = (about: AboutNode = {}): AboutNode => ({
  lanes: { email: null },
  types: ['mail'],
  slots: 5,
  running: 0,
  ...about,
});
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
} as JobRecord;
const facts: Facts = {
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
  draining: false,
  others: [],
  ahead: 0,
};

test.each<[string, Partial<JobRecord>, Partial<Facts>, RegExp]>([
  ['next', {}, {}, /^It is next and starts in a moment\.$/],
  ['behind others', {}, { ahead: 7 }, /turn: 7 jobs of its lane/],
  ['behind very many', {}, { ahead: 1_000 }, /1000 or more jobs/],
  ['slots busy', {}, { running: 5, ahead: 2 }, /All 5 slots of this process are busy.*2 jobs/],
  ['lane busy', {}, { inLane: 2, laneLimit: 2 }, /All 2 slots of its type are busy; it is next/],
  ['the lane before the process', {}, { inLane: 2, laneLimit: 2, running: 5 }, /slots of its type/],
  [
    'no worker anywhere',
    {},
    { claiming: false },
    /^No live worker can run its type: none is live; it waits until one that has the plugin "email" comes up\.$/,
  ],
  [
    'workers without its plugin',
    {},
    { claiming: false, others: [other({ types: ['pic'], lanes: { image: 1 } }), other({ types: [], lanes: {} })] },
    /No live worker can run its type: 2 are live; .* has the plugin "email"/,
  ],
  [
    'workers without its processor',
    { plugin: null },
    { claiming: false, typePark: 'no_processor', others: [other({ types: [] })] },
    /1 is live; .* has its processor/,
  ],
  [
    'a lane that only others are to serve',
    {},
    { served: false, leftToOthers: true },
    /1 is live; .* claims from its lane "email" comes up/,
  ],
  ['run elsewhere', {}, { claiming: false, others: [other()] }, /^It is next and starts in a moment\.$/],
  ['of a type that only others know', {}, { typePark: 'no_processor', others: [other()] }, /^It is next/],
  ['run by an older version that says nothing', {}, { claiming: false, others: [{}] }, /^It is next/],
  [
    'busy elsewhere',
    {},
    { claiming: false, ahead: 3, others: [other({ running: 5 }), other({ running: 4, slots: 4 })] },
    /^All 9 slots of 2 workers are busy; 3 jobs of its lane/,
  ],
  ['busy in the only worker', {}, { claiming: false, others: [other({ running: 5 })] }, /All 5 slots of 1 worker are/],
  [
    'busy here and elsewhere',
    {},
    { running: 5, others: [other({ running: 5 })] },
    /All 10 slots of 2 workers are busy/,
  ],
  ['busy here, free elsewhere', {}, { running: 5, others: [other()] }, /^It is next/],
  ['draining here', {}, { draining: true }, /^The only worker that can run its type is draining: it waits until/],
  [
    'draining everywhere',
    {},
    { draining: true, others: [other({ draining: true })] },
    /^All 2 workers that can run its type are draining/,
  ],
  ['draining here only', {}, { draining: true, others: [other({ running: 5 })] }, /All 5 slots of 1 worker are busy/],
  ['lane not served', {}, { served: false }, /Nobody serves its lane "email": it is moved/],
  ['about to be parked', {}, { typePark: 'plugin_disabled' }, /about to be parked: the plugin "email" is switched off/],
  [
    'running',
    { state: 'processing', attempt: 2, startedAt: NOW - 3_000 },
    {},
    /running \(attempt 2 of 4, for 3\.0 s\)/,
  ],
  ['completed', { state: 'completed' }, {}, /^It is completed\.$/],
  ['failed', { state: 'failed', attempt: 4 }, {}, /has failed after attempt 4 of 4: retry it/],
  ['failed for a reason', { state: 'failed', attempt: 1, reason: 'crashed' }, {}, /failed \(crashed\) after attempt 1/],
  ['cancelled', { state: 'cancelled', reason: 'cancelled' }, {}, /^It was cancelled\.$/],
  ['discarded', { state: 'cancelled', reason: 'discarded: gone' }, {}, /cancelled \(discarded: gone\)/],
  ['delayed', { state: 'scheduled', dueAt: NOW + 60_000 }, {}, /^It is delayed for 60 s\.$/],
  ['overdue', { state: 'scheduled', dueAt: NOW - 5 }, {}, /^It is delayed for 0 ms\.$/],
  [
    'waiting for a retry',
    { state: 'scheduled', attempt: 1, error: 'x', dueAt: NOW + 5_000 },
    {},
    /waits 5\.0 s for its next attempt \(2 of 4\)/,
  ],
  ['parked: off', { state: 'parked', reason: 'plugin_disabled' }, {}, /the plugin "email" is switched off/],
  ['parked: failed', { state: 'parked', reason: 'plugin_failed' }, {}, /failed to start/],
  ['parked: waiting', { state: 'parked', reason: 'plugin_waiting' }, {}, /waits for a plugin/],
  ['parked: unknown type', { state: 'parked', reason: 'no_processor' }, {}, /no plugin that is known here/],
  [
    'parked: paused by somebody',
    { state: 'parked', reason: 'paused' },
    { typePark: 'paused', pause: { kind: 'type', name: 'mail', since: NOW, by: 'ada', schedules: [] } },
    /^It is parked: its type is paused by ada since 2026-01-01T00:00:00\.000Z\.$/,
  ],
  [
    'parked: its lane, by nobody known',
    { state: 'parked', reason: 'paused' },
    { typePark: 'paused', pause: { kind: 'lane', name: 'email', since: NOW, by: null, schedules: [] } },
    /^It is parked: its lane "email" is paused since 2026/,
  ],
  [
    'parked: no longer paused, and its plugin is off',
    { state: 'parked', reason: 'paused' },
    { typePark: 'plugin_disabled' },
    /the plugin "email" is switched off/,
  ],
  [
    'parked: its plugin is on again, and it is paused',
    { state: 'parked', reason: 'plugin_disabled' },
    { typePark: 'paused', pause: { kind: 'type', name: 'mail', since: NOW, by: null, schedules: [] } },
    /its type is paused since/,
  ],
  ['parked: no longer paused', { state: 'parked', reason: 'paused' }, {}, /was paused: it comes back in a moment\.$/],
  [
    'delayed, and paused',
    { state: 'scheduled', dueAt: NOW + 60_000 },
    { pause: { kind: 'type', name: 'mail', since: NOW, by: 'ada', schedules: [] } },
    /^It is delayed for 60 s; besides, its type is paused by ada since/,
  ],
  ['parked: held', { state: 'parked', reason: 'held' }, {}, /held until a person/],
  ['parked: a reason of a newer version', { state: 'parked', reason: 'constructor' }, {}, /the reason is not known/],
  ['a state that a hand wrote', { state: 'bogus' as 'ready' }, {}, /state .* not known/],
])('%s', (_name, change, more, line) => {
  expect(whyNot({ ...job, ...change }, { ...facts, ...more })).toMatch(line);
});
