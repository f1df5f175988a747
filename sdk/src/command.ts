// A command that a plugin adds to the command line: `phraseworks-jobs NAME`.
import type { Awaitable } from './processor.ts';

export interface CommandOption {
  /** A `boolean` takes no value. */
  type: 'string' | 'boolean';
  /** One letter: `-v`. */
  short?: string;
  /** For the help, without a full stop. */
  description: string;
}

export interface CommandArguments {
  /** The arguments without options and the command's own name. */
  positionals: string[];
  /** By name; undefined if omitted. */
  options: Record<string, string | boolean | undefined>;
}

/** How a command communicates with its user. */
export interface CommandIo {
  /** Writes a line to standard output. With `json`, write one document per line and nothing else. */
  out(line: string): void;
  /** Writes a remark to standard error. */
  err(line: string): void;
  /** `--json`: write JSON. */
  readonly json: boolean;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  /** 0 to 1: a bar on a terminal, a line at each tenth elsewhere, nothing with `json`. */
  progress(fraction: number, message?: string): void;
  /** True if the answer is yes, and at once with `--yes`. Throws if there is no terminal to ask on; do not catch it. */
  confirm(question: string): Promise<boolean>;
  /** Writes what was done to the audit log, as the user of the command line: `link --token deploy`. */
  audit(what: string): Promise<void>;
  /** Fires at Ctrl+C and SIGTERM: stop gracefully; a second one ends the process. */
  readonly signal: AbortSignal;
}

/** `ctx.command({ name: 'backups', summary: 'list backups', usage: '[--last N]', run: ... })` */
export interface PluginCommand {
  /** A letter, then lower-case letters, digits and dashes. Must not be used by another plugin or the command line itself. */
  name: string;
  /** A few words for lists, without a full stop. */
  summary: string;
  /** The arguments after its name: `ID [--to URL]`. One line per form. */
  usage: string;
  /** In addition to those of every command: `config`, `database`, `json` and `help`. `--yes` is for `io.confirm`. */
  options?: Record<string, CommandOption>;
  /** It works without the site's database: if that cannot be opened, the plugins start on an empty one in memory. */
  withoutDatabase?: boolean;
  /** Returns the exit code, 0 to 255; 0 if omitted. An error is printed in one line and exits with 1. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that answers nothing is done
  run(args: CommandArguments, io: CommandIo): Awaitable<number | void>;
}
