// A snapshot as families of figures, with the names that dashboards and alerts are written for. Pure.
import { ALL_TYPES } from '../db/metrics-store.ts';
import { addFigures, countsIn, type Figures, RUNS, WAITS } from '../db/minute-columns.ts';
import { version } from '../identity.ts';
import { isJobState, publicState, type StoredState } from '../jobs/lifecycle.ts';
import { OTHER } from '../jobs/minutes-tally.ts';
import { type Distribution, distribution } from './distribution.ts';
import type { DatabaseFigures, Snapshot } from './snapshot.ts';

type Labels = Record<string, string>;

interface Numbers {
  type: 'gauge' | 'counter';
  values: { labels: Labels; value: number }[];
}

interface Histogram {
  type: 'histogram';
  values: ({ labels: Labels } & Distribution)[];
}

export type Family = { name: string; help: string } & (Numbers | Histogram);

const PREFIX = 'phraseworks_jobs';
/** Types, nodes and plugins with series of their own: more would be too much for a scraper. */
const MOST = 200;

/**
 * Those of which there is nothing yet are left out. `apart`: the types that counters have told apart so far, which goes on:
 * one that went over to the others would make counters fall.
 */
export function familiesOf(snapshot: Snapshot, apart: Set<string> = new Set()): Family[] {
  const { database, now } = snapshot;
  return [...(database ? ofDatabase(database, now, apart) : []), ...ofProcess(snapshot)].filter(
    ({ values }) => values.length > 0,
  );
}

/** The same from every process. */
function ofDatabase({ counts, ever, oldest, nodes }: DatabaseFigures, now: number, apart: Set<string>): Family[] {
  const types = fewer(new Map([...ever].filter(([type]) => type !== ALL_TYPES)), apart);
  const perType = (name: string, labels: Labels = {}) =>
    [...types].map(([type, figures]) => ({ labels: { type, ...labels }, value: figures[name] ?? 0 }));
  const results = (['completed', 'failed', 'cancelled'] as const).flatMap((result) => perType(result, { result }));
  const times = (sum: string, buckets: readonly string[]) =>
    [...types].map(([type, figures]) => ({
      labels: { type },
      ...distribution(countsIn(figures, buckets), figures[sum] ?? 0),
    }));
  const working = nodes.filter(({ live, about }) => live && about.slots !== undefined && about.slots > 0);
  const perNode = (what: 'slots' | 'running' | 'stuck') =>
    working.slice(0, MOST).map(({ id, about }) => ({
      labels: { node: id, hostname: about.hostname ?? '' },
      value: about[what] ?? 0,
    }));
  return [
    gauge('', 'Jobs by type and state.', standing(counts)),
    counter('added_total', 'Jobs that were added, or put back when they were over.', perType('added')),
    counter('finished_total', 'Jobs that came to an end, by result.', results),
    gauge(
      'last_completed_timestamp_seconds',
      'When the last job completed, in seconds since 1970.',
      [...types].flatMap(([type, { completed_at: at }]) => (at ? [{ labels: { type }, value: at / 1_000 }] : [])),
    ),
    counter('retried_total', 'Attempts that failed and are followed by another one.', perType('retried')),
    histogram('wait_seconds', 'From when a job could run to the start of its attempt.', times('wait_ms', WAITS)),
    histogram('run_seconds', 'How long attempts ran.', times('run_ms', RUNS)),
    gauge(
      'oldest_waiting_seconds',
      'How long the oldest ready job of a lane has waited.',
      [...oldest].map(([lane, since]) => ({ labels: { lane }, value: seconds(now - since) })),
    ),
    gauge(
      'node_heartbeat_age_seconds',
      'Since the last sign of life of each process on the database.',
      nodes.slice(0, MOST).map(({ id, heartbeatAt, about }) => ({
        labels: { node: id, hostname: about.hostname ?? '' },
        value: seconds(now - heartbeatAt),
      })),
    ),
    gauge('slots', 'Attempts that each process runs at once.', perNode('slots')),
    gauge('running', 'Attempts that run in each process.', perNode('running')),
    gauge('stuck', 'Of them, attempts whose processor ignored its signal and still runs.', perNode('stuck')),
  ];
}

/** Of the process that is asked. */
function ofProcess({ engine, writable, plugins, process, clients, writeQueue }: Snapshot): Family[] {
  const one = (value: number) => [{ labels: {}, value }];
  const { counts, ms } = process.transactions;
  return [
    gauge('info', 'The version, the database and the node of this process.', [
      { labels: { version: version(), database: `${engine.engine} ${engine.version}`, node: engine.node }, value: 1 },
    ]),
    gauge('storage_writable', '1 while this process can store jobs, 0 while it cannot.', one(writable ? 1 : 0)),
    counter(
      'leases_lost_total',
      'Attempts of this process that lost their job while they ran.',
      one(process.leasesLost),
    ),
    counter('crashes_total', 'Jobs that this process found without the process that ran them.', one(process.crashes)),
    counter(
      'events_total',
      'Events that this process has stored.',
      [...process.events].map(([event, value]) => ({ labels: { event }, value })),
    ),
    gauge('clients', 'Connected clients of live events.', [
      { labels: { transport: 'websocket' }, value: clients.sockets },
      { labels: { transport: 'sse' }, value: clients.streams },
    ]),
    histogram('transaction_seconds', 'How long transactions of this process took.', [
      { labels: {}, ...distribution(counts, ms) },
    ]),
    gauge('write_queue', 'Additions, outcomes and reports that wait for their transaction.', one(writeQueue)),
    gauge(
      'plugin_state',
      '1 for the state that a plugin is in.',
      Object.entries(plugins)
        .slice(0, MOST)
        .map(([plugin, state]) => ({ labels: { plugin, state }, value: 1 })),
    ),
  ];
}

const named = (name: string): string => (name === '' ? PREFIX : `${PREFIX}_${name}`);
const gauge = (name: string, help: string, values: Numbers['values']): Family => ({
  name: named(name),
  help,
  type: 'gauge',
  values,
});
const counter = (name: string, help: string, values: Numbers['values']): Family => ({
  name: named(name),
  help,
  type: 'counter',
  values,
});
const histogram = (name: string, help: string, values: Histogram['values']): Family => ({
  name: named(name),
  help,
  type: 'histogram',
  values,
});

/** A clock that went back is no age. */
const seconds = (ms: number): number => Math.max(0, ms) / 1_000;

/** Jobs by type and state, where there are any. */
function standing(counts: DatabaseFigures['counts']): Numbers['values'] {
  const types = new Map<string, Figures>();
  for (const { state, type, n } of counts) {
    const key = publicState(state as StoredState);
    if (!isJobState(key)) continue;
    const figures = types.get(type) ?? {};
    types.set(type, figures);
    figures[`n_${key}`] = (figures[`n_${key}`] ?? 0) + Number(n);
  }
  return [...fewer(types)].flatMap(([type, figures]) =>
    Object.entries(figures).map(([state, value]) => ({ labels: { type, state: state.slice(2) }, value })),
  );
}

/** The types that have been told apart, and those with the largest figures; the rest counts together. */
function fewer(types: ReadonlyMap<string, Figures>, apart: Set<string> = new Set()): Map<string, Figures> {
  const weight = (figures: Figures): number => Object.values(figures).reduce((sum, n) => sum + n, 0);
  const rank = (type: string): number => (apart.has(type) ? 1 : 0);
  const sorted = [...types]
    .filter(([type]) => type !== OTHER)
    .sort(([one, a], [two, b]) => rank(two) - rank(one) || weight(b) - weight(a));
  const kept = new Map(sorted.slice(0, MOST - 1));
  for (const type of kept.keys()) apart.add(type);
  const others = sorted.slice(MOST - 1);
  if (others.length === 0) return new Map(types);
  const rest: Figures = { ...types.get(OTHER) };
  for (const [, figures] of others) addFigures(rest, figures);
  return kept.set(OTHER, rest);
}
