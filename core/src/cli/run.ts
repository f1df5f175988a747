// One command line: finds the command, calls it, and turns what it answers or throws into an exit code.
import { JobsError } from '@phraseworks/sdk';
import { systemClock, systemRandom } from '../clock.ts';
import type { Env } from '../env.ts';
import { messageOf, stackOf } from '../errors.ts';
import { GLOBAL, readArguments, splitCommand } from './arguments.ts';
import type { Client } from './client.ts';
import { type Call, type ExitCode, type Outcome, UsageError } from './command.ts';
import { COMMANDS, type CommandEntry } from './commands/index.ts';
import { helpOf, overview, PROGRAM } from './help.ts';
import { nearest } from './nearest.ts';
import { Output, type Stream } from './output.ts';
import { loadSite, type Site } from './site.ts';
import { version } from './version.ts';

export interface Around {
  cwd: string;
  env: Env;
  stdout: Stream;
  stderr: Stream;
}

/** Runs one command line; answers its exit code. Never throws. */
export async function runCommandLine(argv: readonly string[], around: Around): Promise<Outcome> {
  const { name, rest } = splitCommand(argv);
  const out = new Output(around.stdout, around.stderr, around.env, rest.includes('--json'));
  const entry = COMMANDS.find((one) => one.name === name);
  try {
    if (name === undefined) return alone(rest, around);
    if (name === 'help') return await help(rest[0], around);
    if (!entry) throw unknownCommand(name);
    return await call(entry, rest, out, around);
  } catch (error) {
    return failure(error, out, entry);
  }
}

function alone(rest: readonly string[], { stdout, stderr }: Around): ExitCode {
  if (rest.some((word) => word === '-v' || word === '--version')) {
    stdout.write(`${version()}\n`);
    return 0;
  }
  const { values } = readArguments(rest, GLOBAL);
  (values.help ? stdout : stderr).write(`${overview(COMMANDS, version())}\n`);
  return values.help ? 0 : 2;
}

async function help(name: string | undefined, { stdout }: Around): Promise<ExitCode> {
  const entry = COMMANDS.find((one) => one.name === name);
  if (name !== undefined && !name.startsWith('-') && !entry) throw unknownCommand(name);
  stdout.write(`${entry ? helpOf(entry, await entry.load()) : overview(COMMANDS, version())}\n`);
  return 0;
}

async function call(entry: CommandEntry, rest: readonly string[], out: Output, around: Around): Promise<Outcome> {
  const command = await entry.load();
  const options = { ...command.options, ...GLOBAL };
  const { values, positionals } = readArguments(rest, options);
  if (values.help) {
    around.stdout.write(`${helpOf(entry, command)}\n`);
    return 0;
  }
  const { least, most } = command.takes;
  if (positionals.length < least || positionals.length > most)
    throw new UsageError(
      positionals.length > most
        ? `${entry.name} takes ${most === 0 ? 'no arguments' : `at most ${most} argument${most === 1 ? '' : 's'}`}.`
        : `${entry.name} needs ${least === 1 ? 'an argument' : `${least} arguments`}: ${PROGRAM} ${entry.name} ${command.usage[0]}.`,
    );
  const opened: Client[] = [];
  const surroundings = { ...around, clock: systemClock, random: systemRandom, out };
  let loaded: Promise<Site> | undefined;
  const site = (): Promise<Site> => {
    loaded ??= loadSite({ config: values.config, database: values.database }, around);
    return loaded;
  };
  const one: Call = {
    ...surroundings,
    args: positionals,
    values,
    site,
    open: async (given) => {
      // What a help text needs not, it need not wait for.
      const { openClient } = await import('./client.ts');
      const client = await openClient(await site(), surroundings, given);
      opened.push(client);
      return client;
    },
  };
  try {
    return await command.run(one);
  } finally {
    for (const client of opened) await client.close();
  }
}

function unknownCommand(name: string): UsageError {
  const names = COMMANDS.map((entry) => entry.name);
  const near = nearest(name, names);
  return new UsageError(
    `There is no such command: ${near ? `did you mean ${near}?` : `there are ${names.join(', ')}.`}`,
  );
}

/** A mistake is one line; only what should not happen shows where it did. */
function failure(error: unknown, out: Output, entry: CommandEntry | undefined): ExitCode {
  if (error instanceof UsageError) {
    out.note(`${error.message} (${PROGRAM} ${entry ? `${entry.name} ` : ''}--help)`);
    return 2;
  }
  if (!(error instanceof JobsError) || error.code === 'INTERNAL') {
    out.note(stackOf(error) ?? messageOf(error));
    return 1;
  }
  out.note(error.message);
  if (error.code === 'UNAVAILABLE') return 3;
  return error.code === 'INVALID_CONFIG' ? 2 : 1;
}
