// The table of commands, in the order of the help, each loaded when it is called; and the message for an unknown one.
import { nearest, oneLine } from '@phraseworks/jobs/internals/base';
import { UsageError } from '../arguments.ts';
import type { Command, CommandEntry } from '../command.ts';

/** `load`: its file, which exports it by its name. */
const command = <N extends string>(
  name: N,
  about: string,
  load: () => Promise<Readonly<Record<N, Command>>>,
): CommandEntry => ({ name, about, load: async () => (await load())[name] });

export const COMMANDS: readonly CommandEntry[] = [
  command('start', 'run the site: pages, API and jobs', () => import('./start.ts')),
  command('worker', 'run jobs only, without HTTP', () => import('./worker.ts')),
  command('add', 'add a job, and wait for it if wanted', () => import('./add.ts')),
  command('list', 'list jobs, newest first', () => import('./list.ts')),
  command('show', 'show a job with its attempts, history and log', () => import('./show.ts')),
  command('why', 'explain why a job is not running', () => import('./show.ts')),
  command('cancel', 'cancel jobs', () => import('./cancel.ts')),
  command('retry', 'retry finished jobs', () => import('./retry.ts')),
  command('schedules', 'list, pause, resume, run or remove schedules', () => import('./schedules.ts')),
  command('pauses', 'list the types and plugins that are paused', () => import('./pauses.ts')),
  command('pause', 'pause a type or a plugin', () => import('./pauses.ts')),
  command('resume', 'resume a type or a plugin', () => import('./pauses.ts')),
  command('plugins', 'list, enable, disable or purge plugins', () => import('./plugins.ts')),
  command('commands', 'list the commands of plugins', () => import('./plugins.ts')),
  command('nodes', 'list the processes on this database', () => import('./nodes.ts')),
  command('config', 'check the configuration', () => import('./config.ts')),
  command('doctor', 'run health checks', () => import('./doctor.ts')),
  command('migrate', 'bring the tables up to date', () => import('./migrate.ts')),
  command('move', 'move everything to another database', () => import('./move.ts')),
];

const OWN = COMMANDS.map(({ name }) => name);

/** `more`: the commands of plugins. */
export function unknownCommand(name: string, more: readonly string[] = []): UsageError {
  const names = [...OWN, ...more];
  const near = nearest(name, names);
  const hint = near ? `did you mean ${near}?` : `the commands are ${names.join(', ')}.`;
  return new UsageError(`Unknown command "${oneLine(name).slice(0, 60)}": ${hint}`);
}

/** The name is close to one of our own commands. */
export const resemblesOwnCommand = (name: string): boolean => nearest(name, OWN) !== undefined;
