// One command line: finds the command, calls it, and turns its result or error into an exit code.

import { messageOf, stackOf, version } from '@phraseworks/jobs/internals/base';
import { JobsError } from '@phraseworks/sdk';
import { GLOBAL, readArguments, splitCommand, UsageError } from './arguments.ts';
import type { Call, CommandEntry, ExitCode } from './command.ts';
import { COMMANDS, unknownCommand } from './commands/index.ts';
import { helpOf, overview, PROGRAM } from './help.ts';
import { Output } from './output.ts';
import { type Invocation, Session } from './session.ts';

/** Runs one command line. Returns its exit code, or `stays` if the process keeps running until a signal. Never throws. */
export async function runCommandLine(argv: readonly string[], invocation: Invocation): Promise<number | 'stays'> {
  const { name, rest, wanted } = splitCommand(argv);
  const { stdout, stderr, env } = invocation;
  // What stays and logs as JSON answers as JSON.
  const isJson = rest.includes('--json') || (name === 'worker' && env.LOG_FORMAT === 'json');
  const out = new Output(stdout, stderr, env, isJson);
  const session = new Session(wanted, out, invocation);
  let entry: CommandEntry | undefined;
  try {
    try {
      if (name === undefined) return alone(rest, invocation);
      if (name === 'help') return await help(rest[0], session);
      entry = await entryOf(name, session);
      return await call(entry, rest, session);
    } finally {
      await session.close();
    }
  } catch (error) {
    return failure(error, out, entry?.name);
  }
}

/** Our own command, or one of a plugin of the site. */
async function entryOf(name: string, session: Session): Promise<CommandEntry> {
  const own = COMMANDS.find((one) => one.name === name);
  if (own) return own;
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw unknownCommand(name);
  const { pluginEntry } = await import('./plugin-entry.ts');
  return pluginEntry(name, session);
}

function alone(rest: readonly string[], { stdout, stderr }: Invocation): ExitCode {
  if (rest.some((word) => word === '-v' || word === '--version')) {
    stdout.write(`${version()}\n`);
    return 0;
  }
  const { values } = readArguments(rest, GLOBAL);
  (values.help ? stdout : stderr).write(`${overview(COMMANDS, version())}\n`);
  return values.help ? 0 : 2;
}

async function help(name: string | undefined, session: Session): Promise<ExitCode> {
  const entry = name === undefined || name.startsWith('-') ? undefined : await entryOf(name, session);
  session.context.stdout.write(`${entry ? helpOf(entry, await entry.load()) : overview(COMMANDS, version())}\n`);
  return 0;
}

async function call(entry: CommandEntry, rest: readonly string[], session: Session): Promise<number | 'stays'> {
  const command = await entry.load();
  const options = { ...command.options, ...GLOBAL };
  const { values, positionals } = readArguments(rest, options);
  if (values.help) {
    session.context.stdout.write(`${helpOf(entry, command)}\n`);
    return 0;
  }
  const { least, most } = command.takes;
  if (positionals.length < least || positionals.length > most)
    throw new UsageError(
      positionals.length > most
        ? `${entry.name} takes ${most === 0 ? 'no arguments' : `at most ${most} argument${most === 1 ? '' : 's'}`}.`
        : `${entry.name} needs ${least === 1 ? 'an argument' : `${least} arguments`}: ${PROGRAM} ${entry.name} ${command.usage[0]}.`,
    );
  const one: Call = {
    ...session.context,
    args: positionals,
    values,
    site: () => session.site(),
    open: (given) => session.open(given),
  };
  return command.run(one);
}

/** Prints one line, and a stack only for unexpected errors. */
function failure(error: unknown, out: Output, command: string | undefined): ExitCode {
  const message = messageOf(error);
  if (error instanceof UsageError) {
    out.failed(
      { code: 'USAGE', message },
      `${message} (${PROGRAM} ${command === undefined ? '' : `${command} `}--help)`,
    );
    return 2;
  }
  if (!(error instanceof JobsError) || error.code === 'INTERNAL') {
    out.failed({ code: 'INTERNAL', message }, stackOf(error) ?? message);
    return 1;
  }
  const { code, errors } = error;
  out.failed({ code, message, ...(errors.length > 0 ? { errors } : {}) });
  if (code === 'UNAVAILABLE') return 3;
  return code === 'INVALID_CONFIG' ? 2 : 1;
}
