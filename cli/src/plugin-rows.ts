// The plugins that are known to the configuration, the store or a process, as one row each.
import { seenNodes } from '@phraseworks/jobs/internals/engine';
import type { Client } from './client.ts';

export interface PluginRow {
  name: string;
  /** As it is to be. */
  enabled: boolean;
  setBy: 'administrator' | 'configuration' | 'default';
  types: string[];
  parkedJobs: number;
  /** How many living processes have it in which state. */
  nodes: Record<string, number>;
}

export async function pluginRows(client: Client, now: number): Promise<PluginRow[]> {
  const { engine, pluginStore, dialect, settings, site } = client;
  const entries = site.config.plugins ?? {};
  const stored = new Map((await pluginStore.all()).map((row) => [row.name, row.enabled]));
  const owned = engine.registry.owned();
  const living = (await seenNodes(dialect)).filter(
    ({ heartbeatAt }) => heartbeatAt >= now - settings.queue.leaseDuration,
  );
  const counts = (await engine.reads.counts()).filter(({ state }) => state === 'parked');
  const names = [
    ...Object.keys(entries),
    ...stored.keys(),
    ...owned.map(({ plugin }) => plugin),
    ...living.flatMap(({ about }) => Object.keys(about.plugins ?? {})),
  ];
  return [...new Set(names)].map((name) => {
    const types = engine.registry.typesOf(name).sort();
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    const configured = typeof entry === 'object' ? entry.enabled : entry;
    const administered = stored.get(name) ?? null;
    const nodes: Record<string, number> = {};
    for (const { about } of living) {
      const state = about.plugins?.[name];
      if (state !== undefined) nodes[state] = (nodes[state] ?? 0) + 1;
    }
    return {
      name,
      enabled: administered ?? configured ?? true,
      setBy: administered !== null ? 'administrator' : entry !== undefined ? 'configuration' : 'default',
      types,
      parkedJobs: counts.reduce((sum, { type, n }) => (types.includes(type) ? sum + Number(n) : sum), 0),
      nodes,
    };
  });
}
