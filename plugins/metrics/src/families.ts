// Turns a snapshot into Prometheus families, under the names that dashboards and alerts use. Pure.
import type { MonitoredNode, SystemSnapshot } from '@phraseworks/sdk';
import { type Durations, type ProcessFigures, SHOWN } from './process-figures.ts';
import type { ScheduleFigure } from './schedules.ts';
import { addSums, BOUNDS, countsIn, RUNS, type Sums, WAITS } from './sums.ts';

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

/** As Prometheus expects it: in seconds, with cumulative buckets. */
interface Distribution {
  buckets: { le: number; count: number }[];
  count: number;
  sum: number;
}

const PREFIX = 'phraseworks_jobs';
/** The most types, nodes and plugins with their own series, to limit what a scraper has to read. */
const MOST = 200;
/** The type that sums up types without their own series. */
const OTHER = 'other';

/** What there is to show. */
export interface State {
  snapshot: SystemSnapshot;
  /** All-time sums by type. */
  totals: ReadonlyMap<string, Sums>;
  schedules: readonly ScheduleFigure[];
}

/**
 * Leaves out families without a value. `apart` collects the types that have had their own series: if one joined the others later, its
 * counter would fall.
 */
export function familiesOf(
  { snapshot, ...stored }: State,
  own: Pick<ProcessFigures, 'events' | 'transactions'>,
  apart: Set<string> = new Set(),
): Family[] {
  const { shared, now } = snapshot;
  return [...(shared ? ofDatabase(shared, stored, now, apart) : []), ...ofProcess(snapshot, own)].filter(
    ({ values }) => values.length > 0,
  );
}

/** The same from every process. */
function ofDatabase(
  { jobs, oldest, nodes }: NonNullable<SystemSnapshot['shared']>,
  { totals, schedules }: Omit<State, 'snapshot'>,
  now: number,
  apart: Set<string>,
): Family[] {
  const states = fewer(jobs, { weight: sumOf, add: addStates });
  const types = [...fewer(totals, { weight: ({ added = 0 }) => added, add: addSums, apart })];
  const perType = (name: 'added' | 'completed' | 'failed' | 'cancelled' | 'retried', labels: Labels = {}) =>
    types.map(([type, its]) => ({ labels: { type, ...labels }, value: its[name] ?? 0 }));
  const results = (['completed', 'failed', 'cancelled'] as const).flatMap((result) => perType(result, { result }));
  const times = (buckets: readonly string[], sum: 'wait_ms' | 'run_ms') =>
    types.map(([type, its]) => ({
      labels: { type },
      ...distribution({ bounds: BOUNDS, counts: countsIn(its, buckets), sum: its[sum] ?? 0 }),
    }));
  const ofNode = ({ id, hostname }: MonitoredNode): Labels => ({ node: id, hostname: hostname ?? '' });
  const working = nodes.filter(({ live, slots }) => live && slots > 0).slice(0, MOST);
  const perNode = (what: 'slots' | 'running' | 'stuck') =>
    working.map((node) => ({ labels: ofNode(node), value: node[what] }));
  return [
    gauge(
      '',
      'Jobs by type and state.',
      [...states].flatMap(([type, its]) =>
        Object.entries(its).map(([state, value]) => ({ labels: { type, state }, value: value ?? 0 })),
      ),
    ),
    counter('added_total', 'Jobs that were added, or retried after they had finished.', perType('added')),
    counter('finished_total', 'Jobs that finished, by result.', results),
    gauge(
      'last_completed_timestamp_seconds',
      'When the last job completed, in seconds since 1970.',
      types.flatMap(([type, { completed_at: at }]) => (at ? [{ labels: { type }, value: at / 1_000 }] : [])),
    ),
    gauge(
      'schedule_last_completed_timestamp_seconds',
      'When the last job of a schedule completed, in seconds since 1970; 0 if none has.',
      schedules
        .slice(0, MOST)
        .map(({ name, type, completedAt }) => ({ labels: { schedule: name, type }, value: completedAt / 1_000 })),
    ),
    counter('retried_total', 'Failed attempts that were followed by another one.', perType('retried')),
    histogram('wait_seconds', 'How long a job that could run waited for its attempt.', times(WAITS, 'wait_ms')),
    histogram('run_seconds', 'How long attempts ran.', times(RUNS, 'run_ms')),
    gauge(
      'oldest_waiting_seconds',
      'How long the oldest ready job of a type has waited; types that are held are left out.',
      [...oldest].map(([type, since]) => ({ labels: { type }, value: seconds(now - since) })),
    ),
    gauge(
      'node_heartbeat_age_seconds',
      'Seconds since the last heartbeat of each process on the database.',
      nodes.slice(0, MOST).map((node) => ({ labels: ofNode(node), value: seconds(now - node.heartbeatAt) })),
    ),
    gauge('slots', 'Maximum concurrent attempts of each process.', perNode('slots')),
    gauge('running', 'Attempts running in each process.', perNode('running')),
    gauge('stuck', 'Attempts in each process whose processor ignored its signal and still runs.', perNode('stuck')),
    gauge(
      'plugin_state',
      '1 for the current state of each plugin in each process.',
      nodes
        .filter(({ live }) => live)
        .slice(0, MOST)
        .flatMap((node) =>
          Object.entries(node.plugins).map(([plugin, state]) => ({
            labels: { ...ofNode(node), plugin, state },
            value: 1,
          })),
        ),
    ),
  ];
}

/** Of the process that is asked. */
function ofProcess(
  { version, database, node, writable, clients, writeQueue, leasesLost, crashes }: SystemSnapshot,
  { events, transactions }: Pick<ProcessFigures, 'events' | 'transactions'>,
): Family[] {
  const one = (value: number) => [{ labels: {}, value }];
  return [
    gauge('info', 'The version, database and node of this process.', [
      { labels: { version, database, node }, value: 1 },
    ]),
    gauge('storage_writable', '1 while this process can store jobs, 0 while it cannot.', one(writable ? 1 : 0)),
    counter('leases_lost_total', 'Attempts of this process that lost their lease.', one(leasesLost)),
    counter('crashes_total', 'Jobs that this process found after their process had died.', one(crashes)),
    counter(
      'events_total',
      'Events that this process has stored.',
      [...events].map(([event, value]) => ({ labels: { event }, value })),
    ),
    gauge('clients', 'Connected clients of live events.', one(clients)),
    histogram('transaction_seconds', 'How long transactions of this process took.', [
      { labels: {}, ...distribution(transactions) },
    ]),
    gauge('write_queue', 'Additions, outcomes and reports waiting for a transaction.', one(writeQueue)),
  ];
}

const named = (name: string): string => (name === '' ? PREFIX : `${PREFIX}_${name}`);
const numbers =
  (type: Numbers['type']) =>
  (name: string, help: string, values: Numbers['values']): Family => ({ name: named(name), help, type, values });
const gauge = numbers('gauge');
const counter = numbers('counter');
const histogram = (name: string, help: string, values: Histogram['values']): Family => ({
  name: named(name),
  help,
  type: 'histogram',
  values,
});

/** Never negative, even if the clock went back. */
const seconds = (ms: number): number => Math.max(0, ms) / 1_000;

/** Every bound in the output is one of `bounds`. */
function distribution({ bounds, counts, sum }: Durations): Distribution {
  const buckets: Distribution['buckets'] = [];
  let count = 0;
  for (const [bucket, n] of counts.entries()) {
    count += n;
    const bound = bounds[bucket];
    if (bound !== undefined && SHOWN.includes(bound)) buckets.push({ le: bound / 1_000, count });
  }
  return { buckets, count, sum: sum / 1_000 };
}

interface Merging<T> {
  weight(of: T): number;
  add(one: T, two: T): T;
  apart?: Set<string>;
}

/** The types that had their own series before, then the largest; the others are summed up. */
function fewer<T>(types: ReadonlyMap<string, T>, { weight, add, apart = new Set() }: Merging<T>): Map<string, T> {
  const rank = (type: string): number => (apart.has(type) ? 1 : 0);
  const sorted = [...types]
    .filter(([type]) => type !== OTHER)
    .sort(([one, a], [two, b]) => rank(two) - rank(one) || weight(b) - weight(a));
  const kept = new Map(sorted.slice(0, MOST - 1));
  for (const type of kept.keys()) apart.add(type);
  const others = [...sorted.slice(MOST - 1).map(([, its]) => its)];
  if (others.length === 0) return new Map(types);
  const known = types.get(OTHER);
  return kept.set(OTHER, [...others, ...(known ? [known] : [])].reduce(add));
}

type States = Readonly<Record<string, number | undefined>>;

const sumOf = (states: States): number => Object.values(states).reduce<number>((sum, n) => sum + (n ?? 0), 0);

function addStates(one: States, two: States): States {
  const all = { ...one };
  for (const [state, n] of Object.entries(two)) all[state] = (all[state] ?? 0) + (n ?? 0);
  return all;
}
