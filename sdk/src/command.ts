// A command that a plugin brings to the command line: `phraseworks-jobs NAME`.
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
  /** The arguments beside the options, without the command's own name. */
  positionals: string[];
  /** By their names; undefined where it was left out. */
  options: Record<string, string | boolean | undefined>;
}

/** How a command talks to its caller. */
export interface CommandIo {
  /** A line on standard output. With `json` a document per line, and nothing else. */
  out(line: string): void;
  /** A remark, on standard error. */
  err(line: string): void;
  /** `--json`: the answer is to be JSON. */
  readonly json: boolean;
  /** Somebody looks at standard output now. */
  readonly isTerminal: boolean;
  /** 0 to 1: a bar on a terminal, a line at each tenth elsewhere, nothing with `json`. */
  progress(fraction: number, message?: string): void;
  /** True when the answer is yes, and at once with `--yes`. Throws when there is no terminal to ask on; do not catch it. */
  confirm(question: string): Promise<boolean>;
  /** Fires at Ctrl+C and SIGTERM: end in good order; the second one ends the process. */
  readonly signal: AbortSignal;
}

/** `ctx.command({ name: 'backups', summary: 'list backups', usage: '[--last N]', run: ... })` */
export interface PluginCommand {
  /** A letter, then lower-case letters, digits and dashes. No other plugin may have it, and the command line has names of its own. */
  name: string;
  /** For lists: a few words without a full stop. */
  summary: string;
  /** What follows its name: `ID [--to URL]`. One line for each form. */
  usage: string;
  /** Beside those of every command: `config`, `database`, `json` and `help`. `--yes` is there for `io.confirm`. */
  options?: Record<string, CommandOption>;
  /** It works without the site's database: where that cannot be opened, the plugins start on an empty one in memory. */
  withoutDatabase?: boolean;
  /** Answers the exit code, 0 to 255; 0 when it is left out. A throw is printed in one line, and is 1. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that answers nothing is done
  run(args: CommandArguments, io: CommandIo): Awaitable<number | void>;
}
