// A system in which nothing happens, changed as a test needs it.
import type { SystemSnapshot } from '@phraseworks/sdk';
import type { State } from '../src/families.ts';

export const NOW = Date.UTC(2026, 0, 1);

export const stateOf = (
  {
    totals = new Map(),
    schedules = [],
    ...shared
  }: Partial<NonNullable<SystemSnapshot['shared']> & Omit<State, 'snapshot'>>,
  change: Partial<SystemSnapshot> = {},
): State => ({
  totals,
  schedules,
  snapshot: {
    now: NOW,
    version: '1',
    database: 'SQLite 3',
    node: 'n',
    shared: { jobs: new Map(), oldest: new Map(), nodes: [], ...shared },
    writable: true,
    clients: 3,
    writeQueue: 6,
    leasesLost: 0,
    crashes: 0,
    ...change,
  },
});
