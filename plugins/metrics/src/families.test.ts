import { expect, test } from 'vitest';
import { NOW, stateOf } from '../test/snapshot.ts';
import { familiesOf, type State } from './families.ts';
import { ProcessFigures } from './process-figures.ts';

type Shared = Parameters<typeof stateOf>[0];

const familyOf = (taken: State, name: string, apart?: Set<string>) =>
  familiesOf(taken, new ProcessFigures(), apart).find((family) => family.name === `phraseworks_jobs${name}`);
const valuesOf = (shared: Shared, name: string) => familyOf(stateOf(shared), name)?.values;

test('ages are in seconds and never negative', () => {
  const oldest = new Map([
    ['a', NOW - 1_500],
    ['b', NOW + 5_000],
  ]);
  expect(valuesOf({ oldest }, '_oldest_waiting_seconds')).toEqual([
    { labels: { type: 'a' }, value: 1.5 },
    { labels: { type: 'b' }, value: 0 },
  ]);
  const nodes = [
    {
      id: 'n1',
      hostname: 'web-1',
      heartbeatAt: NOW - 61_000,
      live: false,
      slots: 0,
      running: 0,
      stuck: 0,
      plugins: {},
    },
  ];
  expect(valuesOf({ nodes }, '_node_heartbeat_age_seconds')).toEqual([
    { labels: { node: 'n1', hostname: 'web-1' }, value: 61 },
  ]);
});

test('a plugin has a state in each live process', () => {
  const node = { hostname: 'web-1', heartbeatAt: NOW, live: true, slots: 5, running: 0, stuck: 0 };
  const nodes = [
    { ...node, id: 'pages', plugins: { email: 'on' } },
    { ...node, id: 'worker', plugins: { email: 'failed' } },
    { ...node, id: 'gone', live: false, plugins: { email: 'failed' } },
  ];
  expect(valuesOf({ nodes }, '_plugin_state')).toEqual([
    { labels: { node: 'pages', hostname: 'web-1', plugin: 'email', state: 'on' }, value: 1 },
    { labels: { node: 'worker', hostname: 'web-1', plugin: 'email', state: 'failed' }, value: 1 },
  ]);
});

test('types that were separate stay separate, so no counter falls', () => {
  const typed = (n: (i: number) => number) =>
    new Map(Array.from({ length: 300 }, (_, i) => [`t${i}`, { added: n(i) }]));
  const apart = new Set<string>();
  const added = (its: ReturnType<typeof typed>) => {
    const values = familyOf(stateOf({ totals: its }), '_added_total', apart)?.values as unknown as {
      labels: { type: string };
      value: number;
    }[];
    return new Map(values.map(({ labels, value }) => [labels.type, value]));
  };
  const first = added(typed((i) => 1_000 - i));
  const later = added(typed((i) => 1_000 + i * 100));
  expect(first.size).toBe(200);
  expect([...later.keys()].sort()).toEqual([...first.keys()].sort());
  for (const [type, value] of first) expect(later.get(type)).toBeGreaterThanOrEqual(value);
});
