// Commands that running plugins add to the command line. Each name has one owner.
import { type Dispose, type FieldError, JobsError, type PluginCommand } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';

/** Names of the command line itself. */
export const OWN_COMMANDS: readonly string[] = [
  ...['start', 'worker', 'add', 'list', 'show', 'why', 'cancel', 'retry', 'schedules', 'plugins', 'commands', 'nodes'],
  ...['pauses', 'pause', 'resume', 'config', 'doctor', 'migrate', 'move', 'help'],
];

/** Options of every command. */
export const OWN_OPTIONS: readonly string[] = ['config', 'database', 'json', 'help'];

export interface OwnedCommand {
  plugin: string;
  command: PluginCommand;
  /** Runs in the plugin's scope. */
  enter<R>(fn: () => R): R;
}

export class Commands {
  static readonly needs = {};
  readonly #owned = new Map<string, OwnedCommand>();

  /** Throws `INVALID_DATA` for an invalid command, `INVALID_STATE` if its name is taken. */
  add(owned: OwnedCommand): Dispose {
    const { plugin, command } = owned;
    checkCommand(command);
    const { name } = command;
    if (OWN_COMMANDS.includes(name)) {
      throw new JobsError(
        'INVALID_STATE',
        `the command "${name}" is built in: rename the command of the plugin "${plugin}"`,
      );
    }
    const first = this.#owned.get(name);
    if (first) {
      throw new JobsError(
        'INVALID_STATE',
        first.plugin === plugin
          ? `the plugin "${plugin}" has two commands "${name}"`
          : `the command "${name}" belongs to the plugin "${first.plugin}": rename the command of the plugin "${plugin}"`,
      );
    }
    this.#owned.set(name, owned);
    return () => {
      if (this.#owned.get(name) === owned) this.#owned.delete(name);
    };
  }

  /** Sorted by name. */
  list(): OwnedCommand[] {
    return [...this.#owned.values()].sort((a, b) => (a.command.name < b.command.name ? -1 : 1));
  }
}

const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const isLine = (text: unknown): boolean => typeof text === 'string' && text.trim() !== '' && !text.includes('\n');

function checkCommand(command: PluginCommand): void {
  const { name, summary, usage, options = {}, run } = (command ?? {}) as Partial<PluginCommand>;
  const errors: FieldError[] = [];
  const wrong = (path: string, message: string) => errors.push({ path, message });
  if (typeof name !== 'string' || !NAME.test(name))
    wrong(
      'name',
      'must start with a lower-case letter and contain only lower-case letters, digits and dashes, at most 40 characters',
    );
  if (!isLine(summary)) wrong('summary', 'must be one line of text');
  if (typeof usage !== 'string') wrong('usage', 'must be text: the arguments after the name');
  if (typeof run !== 'function') wrong('run', 'must be a function');
  const letters = new Set(['h']);
  for (const [option, spec] of Object.entries(options)) {
    const path = `options.${option}`;
    const { type, short, description } = spec ?? {};
    if (!NAME.test(option)) wrong('options', 'must have names of lower-case letters, digits and dashes');
    else if (OWN_OPTIONS.includes(option)) wrong(path, 'is reserved: every command has it');
    if (type !== 'string' && type !== 'boolean') wrong(`${path}.type`, "must be 'string' or 'boolean'");
    if (!isLine(description)) wrong(`${path}.description`, 'must be one line of text');
    if (short === undefined) continue;
    if (!/^[A-Za-z]$/.test(short)) wrong(`${path}.short`, 'must be one letter');
    else if (letters.has(short)) wrong(`${path}.short`, 'is taken by another option');
    letters.add(short);
  }
  if (errors.length === 0) return;
  const list = errors.map(errorText).join('; ');
  throw new JobsError('INVALID_DATA', `command(): ${list}`, { errors });
}
