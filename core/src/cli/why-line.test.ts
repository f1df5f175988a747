// Why a job waits, told from the nodes that work on the database.
import { expect, test } from 'vitest';
import type { AboutNode, SeenNode } from '../db/node-reads.ts';
import type { JobRecord } from '../jobs/record.ts';
import { type SiteFacts, whyFromOutside, workers } from './why-line.ts';

const NOW = 1_000_000;
const node = (about: AboutNode, heartbeatAt = NOW): SeenNode => ({ id: 'n', pid: 1, startedAt: 0, heartbeatAt, about });
const ready = { state: 'ready', type: 'email', lane: 'email', attempt: 0, maxRetries: 3 } as JobRecord;
const why = (nodes: SeenNode[], more: Partial<SiteFacts> = {}): string =>
  whyFromOutside(ready, { now: NOW, patience: 30_000, nodes, typePark: null, ahead: 0, ...more });

test('without a process that works it says so', () => {
  expect(why([])).toBe('No process works on this database now: start one.');
  expect(why([node({ roles: ['web'] })])).toBe('No process works on this database now: start one.');
});

test('a process that is silent, or on its way out, does not count', () => {
  expect(
    workers([node({}, NOW - 30_001), node({ draining: true }), node({ roles: ['worker'] })], NOW, 30_000),
  ).toHaveLength(1);
});

test('a lane that nobody claims from is named', () => {
  expect(why([node({ lanes: { image: 2 } })])).toBe(
    'None of the 1 processes that work here claims from its lane "email".',
  );
});

test('busy slots and jobs before it are told', () => {
  expect(why([node({ running: 5, slots: 5 })], { ahead: 3 })).toBe(
    'All slots of the 1 processes that serve its lane are busy; 3 jobs of its lane come before it.',
  );
  expect(why([node({ running: 1, slots: 5 })], { ahead: 1_000 })).toContain('1000 or more jobs');
  expect(why([node({})])).toBe('It is next and starts in a moment.');
});

test('a job whose plugin is off is about to be parked', () => {
  expect(why([node({})], { typePark: 'plugin_disabled' })).toContain('switched off');
});
