// The table of commands, in the order of the help, each loaded when it is called; and the message for an unknown one.
import { nearest, oneLine } from '@phraseworks/jobs/internals/base';
import { UsageError } from '../arguments.ts';
import type { CommandEntry } from '../command.ts';

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'start', about: 'run the site: pages, API and jobs', load: async () => (await import('./start.ts')).start },
  { name: 'worker', about: 'run jobs only, without HTTP', load: async () => (await import('./worker.ts')).worker },
  { name: 'add', about: 'add a job, and wait for it if wanted', load: async () => (await import('./add.ts')).add },
  { name: 'list', about: 'list jobs, newest first', load: async () => (await import('./list.ts')).list },
  {
    name: 'show',
    about: 'show a job with its attempts, history and log',
    load: async () => (await import('./show.ts')).show,
  },
  { name: 'why', about: 'explain why a job is not running', load: async () => (await import('./show.ts')).why },
  { name: 'cancel', about: 'cancel jobs', load: async () => (await import('./cancel.ts')).cancel },
  {
    name: 'retry',
    about: 'retry finished jobs',
    load: async () => (await import('./retry.ts')).retry,
  },
  {
    name: 'schedules',
    about: 'list, pause, resume, run or remove schedules',
    load: async () => (await import('./schedules.ts')).schedules,
  },
  {
    name: 'pauses',
    about: 'list the types and plugins that are paused',
    load: async () => (await import('./pauses.ts')).pauses,
  },
  { name: 'pause', about: 'pause a type or a plugin', load: async () => (await import('./pauses.ts')).pause },
  { name: 'resume', about: 'resume a type or a plugin', load: async () => (await import('./pauses.ts')).resume },
  {
    name: 'plugins',
    about: 'list, enable, disable or purge plugins',
    load: async () => (await import('./plugins.ts')).plugins,
  },
  {
    name: 'commands',
    about: 'list the commands of plugins',
    load: async () => (await import('./plugins.ts')).commands,
  },
  { name: 'nodes', about: 'list the processes on this database', load: async () => (await import('./nodes.ts')).nodes },
  { name: 'config', about: 'check the configuration', load: async () => (await import('./config.ts')).config },
  {
    name: 'doctor',
    about: 'run health checks',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'migrate',
    about: 'bring the tables up to date',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  { name: 'move', about: 'move everything to another database', load: async () => (await import('./move.ts')).move },
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
