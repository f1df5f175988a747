// What switching a plugin does, worked out from what all of them registered and from how many jobs there are.
import type { QueueMetrics } from '@phraseworks/sdk';
import type { PluginEntry } from '../api.ts';
import { count } from '../wording.ts';

export interface Effects {
  /** Its types, with the jobs that wait and run. */
  types: { type: string; waiting: number; running: number }[];
  waiting: number;
  running: number;
  /** Titles of plugins that cannot be on without it, by way of others, too. */
  dependants: string[];
  /** Those that would like to have it. */
  without: string[];
  /** Those that wait for it now. */
  waitingFor: string[];
  /** What it needs itself, and no plugin provides. */
  missing: string[];
}

export const runningText = (n: number): string => (n === 0 ? 'No running jobs.' : `${count(n, 'running job')}.`);

export function effectsOf(
  plugin: PluginEntry,
  all: readonly PluginEntry[],
  { types }: Pick<QueueMetrics, 'types'>,
): Effects {
  const rows = plugin.types.map((type) => ({
    type,
    waiting: types[type]?.pending ?? 0,
    running: types[type]?.processing ?? 0,
  }));
  const sum = (key: 'waiting' | 'running') => rows.reduce((total, row) => total + row[key], 0);
  const needing = dependantsOf(plugin, all);
  return {
    types: rows,
    waiting: sum('waiting'),
    running: sum('running'),
    dependants: needing.filter(isUp).map(titleOf),
    without: all.filter((other) => isUp(other) && !needing.includes(other) && needs(other, plugin, true)).map(titleOf),
    waitingFor: needing.filter(({ state }) => state === 'waiting').map(titleOf),
    missing: plugin.needs.filter(({ optional, met }) => !optional && !met).map(({ id }) => id),
  };
}

export const titleOf = ({ title, name }: Pick<PluginEntry, 'title' | 'name'>): string => title ?? name;

const isUp = ({ state }: PluginEntry): boolean => state === 'on' || state === 'starting';

const needs = (other: PluginEntry, provider: PluginEntry, optionally: boolean): boolean =>
  other !== provider &&
  other.needs.some(({ id, optional }) => optional === optionally && provider.provides.includes(id));

/** Those that need it, those that need these, and so on. */
function dependantsOf(plugin: PluginEntry, all: readonly PluginEntry[]): PluginEntry[] {
  const found = new Set<PluginEntry>();
  const follow = (provider: PluginEntry): void => {
    for (const other of all) {
      if (other === plugin || found.has(other) || !needs(other, provider, false)) continue;
      found.add(other);
      follow(other);
    }
  };
  follow(plugin);
  return [...found];
}
