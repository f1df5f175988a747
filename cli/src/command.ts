// A command of the command line: its help texts, its options, and what it does when it is called.
import type { Clock, Env, Random } from '@phraseworks/jobs/internals/base';
import type { OptionSpecs, Values } from './arguments.ts';
import type { Client, ClientOptions } from './client.ts';
import type { Output } from './output.ts';
import type { Site } from './site.ts';

/** 0: done. 1: failed, or not found. 2: wrong usage. 3: the database is unavailable. 4: timed out. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** `stays`: the process keeps running until a signal ends it. */
export type Outcome = ExitCode | 'stays';

/** One call of a command. */
export interface Call<O extends OptionSpecs = OptionSpecs> {
  /** The arguments without options and without the command's name. */
  args: readonly string[];
  values: Values<O>;
  out: Output;
  env: Env;
  cwd: string;
  clock: Clock;
  random: Random;
  /** The configuration, and the database from flags, environment or configuration. */
  site(): Promise<Site>;
  /** Opens the database; it closes when the command ends. */
  open(options?: ClientOptions): Promise<Client>;
}

export interface Command<O extends OptionSpecs = OptionSpecs> {
  /** Lines after the program's name: `list [options]`. */
  usage: readonly string[];
  /** A sentence or two beyond the table of commands. */
  about?: string;
  /** Empty: none. */
  example: string;
  options: O;
  /** How many arguments it takes. */
  takes: { least: number; most: number };
  /** A plugin's command may return other exit codes. */
  run(call: Call<O>): Promise<Outcome | number>;
}

/** Infers the types of the option values. */
export const defineCommand = <const O extends OptionSpecs>(command: Command<O>): Command =>
  command as unknown as Command;
export interface CommandEntry {
  name: string;
  /** What it does, for the help, without a full stop. */
  about: string;
  load(): Promise<Command>;
}
