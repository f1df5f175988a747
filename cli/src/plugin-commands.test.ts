import type { PluginCommand } from '@phraseworks/sdk';
import { expect, test } from 'vitest';
import { COMMANDS } from './commands/index.ts';
import { OWN_COMMANDS, usable } from './plugin-commands.ts';

const command = (name: string, change: object = {}): PluginCommand => ({
  name,
  summary: 'do it',
  usage: '',
  run: () => {},
  ...change,
});
const from = (...all: [plugin: string, command: PluginCommand][]) => {
  const complaints: string[] = [];
  const owned = all.map(([plugin, one]) => ({ plugin, command: one, enter: <R>(fn: () => R) => fn() }));
  const names = usable(owned, (complaint) => complaints.push(complaint)).map((one) => one.command.name);
  return { names, complaints };
};

test('every name of the command line itself is taken', () => {
  expect([...OWN_COMMANDS].sort()).toEqual([...COMMANDS.map(({ name }) => name), 'help'].sort());
});

test('the second plugin with a command of the same name loses it, and the user hears which has it', () => {
  const { names, complaints } = from(['shelf', command('read')], ['desk', command('write')], ['desk', command('read')]);
  expect(names).toEqual(['read', 'write']);
  expect(complaints).toEqual([
    'The command "read" of the plugin "desk" is left out: the plugin "shelf" has a command of this name.',
  ]);
});

test.each<[change: object, says: string]>([
  [{ name: 'start' }, 'a command of this name is built in'],
  [{ run: undefined }, 'run must be a function'],
  [{ options: { json: { type: 'boolean', description: 'x' } } }, 'options.json is reserved: every command has it'],
  [{ options: { x: { type: 'number', description: 'x' } } }, "options.x.type must be 'string' or 'boolean'"],
  [{ options: { x: { type: 'string' } } }, 'options.x.description must be one line of text'],
])('a command with %j is left out', (change, says) => {
  const { names, complaints } = from(['shelf', command('read', change)]);
  expect(names).toEqual([]);
  expect(complaints).toEqual([expect.stringContaining(says)]);
});
