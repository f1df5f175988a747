// A snapshot of a system in which nothing happens, changed as a test needs it.
import type { SystemSnapshot, TypeTotals } from '@phraseworks/sdk';

export const NOW = Date.UTC(2026, 0, 1);

const NONE = { bounds: [1, 10], counts: [0, 0, 0], sum: 0 };

export const totals = (change: Partial<TypeTotals>): TypeTotals => ({
  ...{ added: 0, completed: 0, failed: 0, cancelled: 0, retried: 0, lastCompleted: null, wait: NONE, run: NONE },
  ...change,
});

export const snapshot = (
  shared: Partial<NonNullable<SystemSnapshot['shared']>>,
  change: Partial<SystemSnapshot> = {},
): SystemSnapshot => ({
  now: NOW,
  version: '1',
  database: 'SQLite 3',
  node: 'n',
  shared: { jobs: new Map(), totals: new Map(), oldest: new Map(), nodes: [], ...shared },
  writable: true,
  plugins: {},
  clients: { websocket: 3, sse: 4 },
  writeQueue: 6,
  leasesLost: 0,
  crashes: 0,
  ...change,
});
