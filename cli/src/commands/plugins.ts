// `plugins`: lists plugins, enables or disables one in all processes, and deletes the data of one. `commands`: lists the commands that plugins add.
import { isWaiting, nearest } from '@phraseworks/jobs/internals/base';
import { PluginStore } from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { actionOn, UsageError } from '../arguments.ts';
import type { Client } from '../client.ts';
import { type Call, defineCommand, type ExitCode } from '../command.ts';
import { usageOf } from '../help.ts';
import { pluginCommands } from '../plugin-commands.ts';
import type { Site } from '../site.ts';

export const plugins = defineCommand({
  usage: ['[list]', 'enable NAME', 'disable NAME', 'purge NAME --yes'],
  about:
    'A setting made here is stored and overrides the configuration; running processes follow within two seconds. purge deletes the tables, jobs, schedules and settings of a plugin for good, also if its package is gone.',
  example: 'plugins disable image',
  options: { yes: { type: 'boolean', short: 'y', about: 'with purge: delete it' } },
  takes: { least: 0, most: 2 },
  async run(call) {
    const asked = actionOn(call.args, 'plugins', 'a plugin', ['enable', 'disable', 'purge']);
    if (asked.action === 'list') return showAll(call);
    if (asked.action === 'purge') return purge(call, asked.name, call.values.yes ?? false);
    return set(call, asked.name, asked.action === 'enable');
  },
});

async function showAll({ out, open, site }: Call): Promise<ExitCode> {
  const rows = await pluginRows(await open(), await site());
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

async function set({ out, open, ...call }: Call, given: string, enabled: boolean): Promise<ExitCode> {
  const client = await open();
  const site = await call.site();
  await find(client, site, given);
  const { access, me } = client;
  if (enabled) {
    // Throws if its code is not there.
    await access.plugins.settings(me, given);
    await access.plugins.enable(me, given);
  } else await access.plugins.disable(me, given);
  const row = (await pluginRows(client, site)).find(({ name }) => name === given);
  out.answer({ plugin: row }, () =>
    out.line(`${given} ${enabled ? 'enabled' : 'disabled'}: running processes follow within two seconds`),
  );
  return 0;
}

/** Throws `PLUGIN_NOT_FOUND` with the nearest name. */
async function find(client: Client, site: Site, given: string): Promise<PluginRow> {
  const rows = await pluginRows(client, site);
  const found = rows.find(({ name }) => name === given);
  if (found) return found;
  const names = rows.map(({ name }) => name);
  const near = nearest(given, names);
  throw new JobsError(
    'PLUGIN_NOT_FOUND',
    `Unknown plugin${near ? `: did you mean ${near}?` : names.length > 0 ? `: the plugins are ${names.join(', ')}.` : ': there are none.'}`,
  );
}

async function purge({ out, open, site }: Call, given: string, isSure: boolean): Promise<ExitCode> {
  const client = await open();
  const { jobs, types } = await find(client, await site(), given);
  if (!isSure)
    throw new UsageError(
      `This deletes the tables, schedules and settings of ${given} and all its jobs (${jobs}; types: ${types.join(', ') || 'none'}) for good: add --yes.`,
    );
  const done = await client.access.plugins.purge(client.me, given);
  out.answer({ name: given, ...done }, () =>
    out.line(
      `${given}: deleted ${counted(done.jobs, 'job')}, ${counted(done.schedules, 'schedule')} and ${counted(done.tables.length, 'table')}${done.tables.length > 0 ? ` (${done.tables.join(', ')})` : ''}`,
    ),
  );
  return 0;
}

const counted = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

const statesOf = (nodes: PluginRow['nodes']): string =>
  Object.entries(nodes)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ') || '-';

const sumOf = (counts: readonly { n: number }[]): number => counts.reduce((sum, { n }) => sum + Number(n), 0);

interface PluginRow {
  name: string;
  /** Whether it should be on. */
  enabled: boolean;
  setBy: 'administrator' | 'configuration' | 'default';
  types: string[];
  /** In all states. */
  jobs: number;
  parkedJobs: number;
  /** How many live processes have it in each state. */
  nodes: Record<string, number>;
}

async function pluginRows({ jobs, core }: Client, { config }: Site): Promise<PluginRow[]> {
  const entries = config.plugins ?? {};
  const store = new PluginStore(core);
  const stored = new Map((await store.all()).map((row) => [row.name, row.enabled]));
  const owned = core.registry.owned();
  const living = (await core.peers.all()).filter(({ live }) => live);
  const counts = await core.reads.counts();
  const { heldBy } = await core.holds.now();
  const names = [
    ...Object.keys(jobs.info().plugins),
    ...stored.keys(),
    ...(await store.names()),
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
    const own = counts.filter(({ type }) => types.includes(type));
    return {
      name,
      enabled: administered ?? configured ?? true,
      setBy: administered !== null ? 'administrator' : entry !== undefined ? 'configuration' : 'default',
      types,
      jobs: sumOf(own),
      parkedJobs: sumOf(own.filter(({ state, type }) => isWaiting(state) && heldBy(type) !== null)),
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
    const all = pluginCommands(await open({ plugins: true }), out).map(({ plugin, command }) => ({
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
