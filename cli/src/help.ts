// The help texts: all commands, and one. Pure.
import type { PluginCommand } from '@phraseworks/sdk';
import type { OptionSpecs } from './arguments.ts';
import { GLOBAL } from './arguments.ts';
import type { Command, CommandEntry } from './command.ts';

export const PROGRAM = 'phraseworks-jobs';

const rows = (list: readonly (readonly [string, string])[]): string[] => {
  const width = Math.max(...list.map(([left]) => left.length));
  return list.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
};

const optionRows = (options: OptionSpecs): [string, string][] =>
  Object.entries(options).map(([name, { short, value, type, about }]) => [
    `${short ? `-${short}, ` : ''}--${name}${type === 'string' ? ` ${value ?? 'VALUE'}` : ''}`,
    about,
  ]);

export function overview(commands: readonly CommandEntry[], version: string): string {
  return [
    `${PROGRAM} ${version}: background work from the command line`,
    '',
    `Usage: ${PROGRAM} COMMAND [options]`,
    '',
    ...rows(commands.map(({ name, about }) => [name, about] as const)),
    '',
    `Plugins may add commands: ${PROGRAM} commands`,
    '',
    'Every command:',
    ...rows([...optionRows(GLOBAL), ['-v, --version', 'the version']]),
    '',
    'Exit codes: 0 done, 1 failed or not found, 2 usage error, 3 database unavailable, 4 timed out',
    `Example: ${PROGRAM} list --status failed`,
  ].join('\n');
}

export function helpOf({ name, about }: CommandEntry, command: Command): string {
  const own = optionRows(command.options);
  const first = about.charAt(0).toUpperCase() + about.slice(1);
  return [
    `${first}.${command.about ? ` ${command.about}` : ''}`,
    '',
    ...command.usage.map(
      (line, i) => `${i === 0 ? 'Usage:' : '      '} ${PROGRAM} ${name}${line === '' ? '' : ` ${line}`}`,
    ),
    '',
    ...rows([...own, ...optionRows(GLOBAL)]),
    ...(command.example === '' ? [] : ['', `Example: ${PROGRAM} ${command.example}`]),
  ].join('\n');
}

/** The forms of the usage without the command's name. */
export function usageOf({ name, usage }: PluginCommand): string[] {
  const own = new RegExp(`^(phraseworks-jobs )?${name}( |$)`);
  return usage.split('\n').map((line) => line.trim().replace(own, ''));
}
