// What a command of the command line is: its words for the help, its options, and what it does with a call.
import type { Clock, Env, Random } from '@phraseworks/jobs/internals/base';
import type { Client, ClientOptions } from './client.ts';
import type { Output } from './output.ts';
import type { Site } from './site.ts';

export interface OptionSpec {
  type: 'string' | 'boolean';
  short?: string;
  /** The name of the value in the help: `N`, `STATE`. */
  value?: string;
  about: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type Values<O extends OptionSpecs> = {
  readonly [K in keyof O]?: O[K]['type'] extends 'boolean' ? boolean : string;
};

/** 0: done. 1: it failed, or was not found. 2: used in a wrong way. 3: the database is not available. 4: the time to wait is over. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** `stays`: the process goes on, and ends by signals. */
export type Outcome = ExitCode | 'stays';

/** One call of a command. */
export interface Call<O extends OptionSpecs = OptionSpecs> {
  /** The arguments beside the options, without the command's own name. */
  args: readonly string[];
  values: Values<O>;
  out: Output;
  env: Env;
  cwd: string;
  clock: Clock;
  random: Random;
  /** The configuration and the database that it, the flags and the environment name. */
  site(): Promise<Site>;
  /** The database, opened; it is closed when the command is over. */
  open(options?: ClientOptions): Promise<Client>;
}

export interface Command<O extends OptionSpecs = OptionSpecs> {
  /** Lines after the program's name: `list [options]`. */
  usage: readonly string[];
  /** A sentence or two more than the table of commands says. */
  about?: string;
  /** Empty: none. */
  example: string;
  options: O;
  /** How many arguments it takes. */
  takes: { least: number; most: number };
  /** A plugin's command has exit codes of its own. */
  run(call: Call<O>): Promise<Outcome | number>;
}

/** Gives the values of the options their types. */
export const defineCommand = <const O extends OptionSpecs>(command: Command<O>): Command =>
  command as unknown as Command;

/** A mistake in how the command line was used: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
