import { expect, test } from 'vitest';
import { ProcessFigures } from '../jobs/process-figures.ts';
import { familiesOf } from './families.ts';
import type { DatabaseFigures, Snapshot } from './snapshot.ts';

const NOW = Date.UTC(2026, 0, 1);

type Change = Partial<Omit<Snapshot, 'database'> & DatabaseFigures>;

const snapshot = ({ counts = [], ever = new Map(), oldest = new Map(), nodes = [], ...change }: Change): Snapshot => ({
  now: NOW,
  engine: { engine: 'SQLite', version: '3', node: 'n' },
  database: { counts, ever, oldest, nodes },
  writable: true,
  plugins: {},
  process: new ProcessFigures(),
  clients: { sockets: 3, streams: 4 },
  writeQueue: 6,
  ...change,
});

const valuesOf = (change: Change, name: string) =>
  familiesOf(snapshot(change)).find((family) => family.name === `phraseworks_jobs${name}`)?.values;

test('what is ready and what is delayed is pending', () => {
  const counts = [
    { state: 'ready', type: 'a', n: 2 },
    { state: 'scheduled', type: 'a', n: 3 },
    { state: 'parked', type: 'a', n: 1 },
  ];
  expect(valuesOf({ counts }, '')).toEqual([
    { labels: { type: 'a', state: 'pending' }, value: 5 },
    { labels: { type: 'a', state: 'parked' }, value: 1 },
  ]);
});

test('slots, running and stuck attempts are told of each process that lives and works, whichever is asked', () => {
  const about = { hostname: 'web-1', slots: 5, running: 2, stuck: 1 };
  const node = { pid: 1, startedAt: 0, heartbeatAt: NOW, live: true };
  const nodes = [
    { ...node, id: 'worker', about },
    { ...node, id: 'pages', about: { ...about, slots: 0 } },
    { ...node, id: 'gone', live: false, about },
  ];
  const labels = { node: 'worker', hostname: 'web-1' };
  expect(valuesOf({ nodes }, '_slots')).toEqual([{ labels, value: 5 }]);
  expect(valuesOf({ nodes }, '_running')).toEqual([{ labels, value: 2 }]);
  expect(valuesOf({ nodes }, '_stuck')).toEqual([{ labels, value: 1 }]);
});

test('ages are seconds, and never less than none', () => {
  expect(
    valuesOf(
      {
        oldest: new Map([
          ['a', NOW - 1_500],
          ['b', NOW + 5_000],
        ]),
      },
      '_oldest_waiting_seconds',
    ),
  ).toEqual([
    { labels: { lane: 'a' }, value: 1.5 },
    { labels: { lane: 'b' }, value: 0 },
  ]);
  const nodes = [
    { id: 'n1', pid: 1, startedAt: 0, heartbeatAt: NOW - 61_000, live: false, about: { hostname: 'web-1' } },
  ];
  expect(valuesOf({ nodes }, '_node_heartbeat_age_seconds')).toEqual([
    { labels: { node: 'n1', hostname: 'web-1' }, value: 61 },
  ]);
});

test('what all types have done together is not one of the types', () => {
  const ever = new Map([
    ['', { added: 3 }],
    ['a', { added: 3 }],
  ]);
  expect(valuesOf({ ever }, '_added_total')).toEqual([{ labels: { type: 'a' }, value: 3 }]);
});

test('of more than 200 types the largest stay apart', () => {
  const types = Array.from({ length: 300 }, (_, i) => [`t${i}`, { added: i }] as const);
  const values = valuesOf({ ever: new Map(types) }, '_added_total') as { labels: { type: string }; value: number }[];
  expect(values).toHaveLength(200);
  expect(values[0]).toEqual({ labels: { type: 't299' }, value: 299 });
  expect(values.reduce((sum, { value }) => sum + value, 0)).toBe((299 * 300) / 2);
  expect(values.at(-1)?.labels.type).toBe('other');
});

test('this process tells of its clients and writes', () => {
  expect(valuesOf({}, '_write_queue')).toEqual([{ labels: {}, value: 6 }]);
  expect(valuesOf({}, '_clients')).toEqual([
    { labels: { transport: 'websocket' }, value: 3 },
    { labels: { transport: 'sse' }, value: 4 },
  ]);
  expect(valuesOf({ plugins: { email: 'on' } }, '_plugin_state')).toEqual([
    { labels: { plugin: 'email', state: 'on' }, value: 1 },
  ]);
});

test('of more types than are told apart, those that were told apart before stay so: a counter must not fall', () => {
  const typed = (n: (i: number) => number) =>
    new Map(Array.from({ length: 300 }, (_, i) => [`t${i}`, { added: n(i) }]));
  const apart = new Set<string>();
  const added = (ever: DatabaseFigures['ever']) => {
    const family = familiesOf(snapshot({ ever }), apart).find(({ name }) => name === 'phraseworks_jobs_added_total');
    return new Map(
      (family as unknown as { values: { labels: { type: string }; value: number }[] }).values.map((v) => [
        v.labels.type,
        v.value,
      ]),
    );
  };
  const first = added(typed((i) => 1_000 - i));
  const later = added(typed((i) => 1_000 + i * 100));
  expect(first.size).toBe(200);
  expect([...later.keys()].sort()).toEqual([...first.keys()].sort());
  for (const [type, value] of first) expect(later.get(type)).toBeGreaterThanOrEqual(value);
});
