// A command of one of the site's plugins, in the form of our own commands; the plugins are started to find it.

import type { PluginStatus } from '@phraseworks/jobs';
import { JobsError } from '@phraseworks/sdk';
import type { OptionSpecs } from './arguments.ts';
import type { Client } from './client.ts';
import type { CommandEntry } from './command.ts';
import { type Command, defineCommand } from './command.ts';
import { resemblesOwnCommand, unknownCommand } from './commands/index.ts';
import { usageOf } from './help.ts';
import { type OwnedCommand, pluginCommands } from './plugin-commands.ts';
import { runOfPlugin } from './plugin-run.ts';
import type { Session } from './session.ts';

const YES = { yes: { type: 'boolean', short: 'y', about: 'answer every question with yes' } } as const;

/** Throws `UsageError` if no plugin that is on has the command. */
export async function pluginEntry(name: string, session: Session): Promise<CommandEntry> {
  const client = await withPlugins(name, session).catch((error: unknown) => withoutDatabase(name, session, error));
  const all = pluginCommands(client, session.context.out);
  const owned = all.find(({ command }) => command.name === name);
  if (owned) return entryOf(owned, client);
  const absent = (await client.jobs.plugins.list()).filter(({ state }) => state !== 'on');
  if (absent.length > 0) session.context.out.note(`The commands of these plugins are missing: ${listOf(absent)}.`);
  throw unknownCommand(
    name,
    all.map(({ command }) => command.name),
  );
}

/** `backup (off: disabled)` */
const listOf = (plugins: readonly PluginStatus[]): string =>
  plugins.map(({ name, state, reason }) => `${name} (${state}${reason === null ? '' : `: ${reason}`})`).join(', ');

/** Reports a mistyped command even if the site cannot be opened. */
async function withPlugins(name: string, session: Session): Promise<Client> {
  try {
    const { plugins = {} } = (await session.site()).config;
    if (Object.keys(plugins).length > 0) return await session.open({ plugins: true });
  } catch (error) {
    if (!resemblesOwnCommand(name)) throw error;
  }
  throw unknownCommand(name);
}

/** A command that restores a database must work without one. Throws `error` for all other commands. */
async function withoutDatabase(name: string, session: Session, error: unknown): Promise<Client> {
  if (!(error instanceof JobsError) || error.code !== 'UNAVAILABLE') throw error;
  const { out } = session.context;
  const client = await session.open({ plugins: true, inMemory: true }).catch(() => {
    throw error;
  });
  const found = pluginCommands(client, out).find(({ command }) => command.name === name);
  if (!found?.command.withoutDatabase) throw error;
  out.note(`${error.message} This command continues without it.`);
  return client;
}

function entryOf(owned: OwnedCommand, client: Client): CommandEntry {
  const { name, summary } = owned.command;
  return { name, about: summary, load: async () => commandOf(owned, client) };
}

function commandOf(owned: OwnedCommand, client: Client): Command {
  const { options = {} } = owned.command;
  const own = Object.entries(options).map(([name, { type, short, description }]) => [
    name,
    { type, about: description, ...(short === undefined ? {} : { short }) },
  ]);
  const specs = Object.fromEntries(own) as OptionSpecs;
  const isTaken = Object.values(specs).some(({ short }) => short === YES.yes.short);
  const { short: _, ...long } = YES.yes;
  return defineCommand({
    usage: usageOf(owned.command),
    example: '',
    options: Object.hasOwn(specs, 'yes') ? specs : { ...specs, ...(isTaken ? { yes: long } : YES) },
    takes: { least: 0, most: Number.POSITIVE_INFINITY },
    run: (call) => runOfPlugin(owned, call, client),
  });
}
