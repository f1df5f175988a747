// `plugins`: lists the plugins, and switches one on or off for all processes. `commands`: lists the commands that plugins bring.
import { seenNodes } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { actionOn, nearest } from '../arguments.ts';
import type { Client } from '../client.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';
import { usageOf } from '../help.ts';

export const plugins = defineCommand({
  usage: ['[list]', 'enable NAME', 'disable NAME'],
  about: 'What is set here is stored, wins over the configuration, and every running process follows within a second.',
  example: 'plugins disable image',
  options: {},
  takes: { least: 0, most: 2 },
  async run(call) {
    const asked = actionOn(call.args, 'plugins', 'a plugin', ['enable', 'disable']);
    return asked.action === 'list' ? showAll(call) : set(call, asked.name, asked.action === 'enable');
  },
});

async function showAll({ out, clock, open }: Call): Promise<ExitCode> {
  const rows = await pluginRows(await open(), clock.now());
  out.answer({ plugins: rows }, () => {
    if (rows.length === 0) return out.line('No plugins.');
    out.table(
      ['NAME', 'SET', 'BY', 'TYPES', 'PARKED', 'IN PROCESSES'],
      rows.map(({ name, enabled, setBy, types, parkedJobs, nodes }) => [
        name,
        enabled ? { text: 'on', style: 'green' } : { text: 'off', style: 'yellow' },
        setBy,
        types.join(', '),
        String(parkedJobs),
        statesOf(nodes),
      ]),
    );
  });
  return 0;
}

async function set({ out, clock, open }: Call, given: string, enabled: boolean): Promise<ExitCode> {
  const client = await open();
  const names = (await pluginRows(client, clock.now())).map(({ name }) => name);
  if (!names.includes(given)) {
    const near = nearest(given, names);
    throw new JobsError(
      'PLUGIN_NOT_FOUND',
      `There is no plugin of this name${near ? `: did you mean ${near}?` : names.length > 0 ? `: there are ${names.join(', ')}.` : ' here.'}`,
    );
  }
  await client.pluginStore.setEnabled(given, enabled, clock.now());
  await client.note(enabled ? 'enablePlugin' : 'disablePlugin', given);
  const row = (await pluginRows(client, clock.now())).find(({ name }) => name === given);
  out.answer({ plugin: row }, () =>
    out.line(`${given} ${enabled ? 'enabled' : 'disabled'}: running processes update within a second`),
  );
  return 0;
}

const statesOf = (nodes: PluginRow['nodes']): string =>
  Object.entries(nodes)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ') || '-';

interface PluginRow {
  name: string;
  /** Whether it is meant to be on. */
  enabled: boolean;
  setBy: 'administrator' | 'configuration' | 'default';
  types: string[];
  parkedJobs: number;
  /** How many living processes have it in which state. */
  nodes: Record<string, number>;
}

async function pluginRows(client: Client, now: number): Promise<PluginRow[]> {
  const { core, pluginStore, dialect, settings, site } = client;
  const entries = site.config.plugins ?? {};
  const stored = new Map((await pluginStore.all()).map((row) => [row.name, row.enabled]));
  const owned = core.registry.owned();
  const living = (await seenNodes(dialect)).filter(
    ({ heartbeatAt }) => heartbeatAt >= now - settings.queue.leaseDuration,
  );
  const counts = (await core.reads.counts()).filter(({ state }) => state === 'parked');
  const names = [
    ...Object.keys(entries),
    ...stored.keys(),
    ...owned.map(({ plugin }) => plugin),
    ...living.flatMap(({ about }) => Object.keys(about.plugins ?? {})),
  ];
  return [...new Set(names)].map((name) => {
    const types = core.registry.typesOf(name).sort();
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

export const commands = defineCommand({
  usage: [''],
  about: 'Starts the plugins to ask them; plugins that are off bring none. Each command has its --help.',
  example: 'commands',
  options: {},
  takes: { least: 0, most: 0 },
  async run({ out, open }) {
    const { plugins } = await open({ plugins: true });
    const all = plugins.commands().map(({ plugin, command }) => ({
      name: command.name,
      plugin,
      summary: command.summary,
      usage: usageOf(command),
    }));
    out.answer({ commands: all }, () => {
      if (all.length === 0) return out.line('No enabled plugin has commands.');
      out.table(
        ['COMMAND', 'PLUGIN', 'DOES'],
        all.map(({ name, plugin, summary }) => [name, plugin, summary]),
      );
    });
    return 0;
  },
});
