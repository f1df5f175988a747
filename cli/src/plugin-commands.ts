// The commands that the running plugins bring to the command line. One that cannot be used is left out, with a sentence that says why.
import type { PluginCommand } from '@phraseworks/sdk';
import { GLOBAL } from './arguments.ts';
import type { Client } from './client.ts';
import type { Output } from './output.ts';

export interface OwnedCommand {
  plugin: string;
  command: PluginCommand;
  /** Runs in the plugin's scope. */
  enter<R>(fn: () => R): R;
}

/** Sorted by name. */
export function pluginCommands({ jobs }: Client, out: Output): OwnedCommand[] {
  const all = [...jobs.internals.site.slots.values()].flatMap(({ name: plugin, running }) =>
    running ? running.commands.map((command) => ({ plugin, command, enter: running.api.begin })) : [],
  );
  return usable(all, (complaint) => out.note(complaint));
}

export function usable(all: readonly OwnedCommand[], complain: (complaint: string) => void): OwnedCommand[] {
  const named = new Map<string, OwnedCommand>();
  for (const owned of all) {
    const { plugin, command } = owned;
    const wrong = [...mistakesIn(command), ...takenBy(command, named)];
    if (wrong.length === 0) named.set(command.name, owned);
    else complain(`The command "${command.name}" of the plugin "${plugin}" is left out: ${wrong.join('; ')}.`);
  }
  return [...named.values()].sort((a, b) => (a.command.name < b.command.name ? -1 : 1));
}

/** Names of the command line itself. */
export const OWN_COMMANDS: readonly string[] = [
  ...['start', 'worker', 'add', 'list', 'show', 'why', 'cancel', 'retry', 'schedules', 'plugins', 'commands', 'nodes'],
  ...['pauses', 'pause', 'resume', 'config', 'doctor', 'migrate', 'move', 'help'],
];

function takenBy({ name }: PluginCommand, named: ReadonlyMap<string, OwnedCommand>): string[] {
  if (OWN_COMMANDS.includes(name)) return ['a command of this name is built in'];
  const first = named.get(name);
  return first ? [`the plugin "${first.plugin}" has a command of this name`] : [];
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const isLine = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '' && !text.includes('\n');

/** A plugin may be plain JavaScript. */
function mistakesIn({ name, summary, usage, options = {}, run }: Partial<PluginCommand>): string[] {
  const wrong: string[] = [];
  if (typeof name !== 'string' || !NAME.test(name))
    wrong.push(
      'name must start with a lower-case letter and contain only lower-case letters, digits and dashes, at most 40 characters',
    );
  if (!isLine(summary)) wrong.push('summary must be one line of text');
  if (typeof usage !== 'string') wrong.push('usage must be text: the arguments after the name');
  if (typeof run !== 'function') wrong.push('run must be a function');
  const letters = new Set(['h']);
  for (const [option, { type, short, description }] of Object.entries(options)) {
    const path = `options.${option}`;
    if (!NAME.test(option)) wrong.push('options must have names of lower-case letters, digits and dashes');
    else if (option in GLOBAL) wrong.push(`${path} is reserved: every command has it`);
    if (type !== 'string' && type !== 'boolean') wrong.push(`${path}.type must be 'string' or 'boolean'`);
    if (!isLine(description)) wrong.push(`${path}.description must be one line of text`);
    if (short === undefined) continue;
    if (!/^[A-Za-z]$/.test(short)) wrong.push(`${path}.short must be one letter`);
    else if (letters.has(short)) wrong.push(`${path}.short is taken by another option`);
    letters.add(short);
  }
  return wrong;
}
