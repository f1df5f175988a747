// The commands that plugins bring to the command line: one owner for each name, as long as it is on.
import { type Dispose, type FieldError, JobsError, type PluginCommand } from '@phraseworks/sdk';

/** Names of the command line itself. */
export const OWN_COMMANDS: readonly string[] = [
  ...[
    'start',
    'worker',
    'add',
    'list',
    'show',
    'why',
    'cancel',
    'retry',
    'schedules',
    'plugins',
    'commands',
    'nodes',
    'link',
  ],
  ...['pauses', 'pause', 'resume', 'config', 'doctor', 'drain', 'migrate', 'compact', 'move', 'help'],
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
  readonly #owned = new Map<string, OwnedCommand>();

  /** Throws `INVALID_DATA` for an object that is not a command, `INVALID_STATE` when its name is taken. */
  add(owned: OwnedCommand): Dispose {
    const { plugin, command } = owned;
    checkCommand(command);
    const { name } = command;
    if (OWN_COMMANDS.includes(name)) {
      throw new JobsError(
        'INVALID_STATE',
        `the command "${name}" is one of the command line itself: "${plugin}" cannot have it`,
      );
    }
    const first = this.#owned.get(name);
    if (first) {
      throw new JobsError(
        'INVALID_STATE',
        first.plugin === plugin
          ? `the plugin "${plugin}" has two commands "${name}"`
          : `the command "${name}" is of the plugin "${first.plugin}": "${plugin}" cannot have it, too`,
      );
    }
    this.#owned.set(name, owned);
    return () => {
      if (this.#owned.get(name) === owned) this.#owned.delete(name);
    };
  }

  /** In the order of their names. */
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
    wrong('name', 'must be a lower-case letter, then lower-case letters, digits and dashes, at most 40 in all');
  if (!isLine(summary)) wrong('summary', 'must be a line of text');
  if (typeof usage !== 'string') wrong('usage', 'must be text: what stands behind the name');
  if (typeof run !== 'function') wrong('run', 'must be a function');
  const letters = new Set(['h']);
  for (const [option, spec] of Object.entries(options)) {
    const path = `options.${option}`;
    const { type, short, description } = spec ?? {};
    if (!NAME.test(option)) wrong('options', 'have names of lower-case letters, digits and dashes');
    else if (OWN_OPTIONS.includes(option)) wrong(path, 'is an option of every command');
    if (type !== 'string' && type !== 'boolean') wrong(`${path}.type`, "must be 'string' or 'boolean'");
    if (!isLine(description)) wrong(`${path}.description`, 'must be a line of text');
    if (short === undefined) continue;
    if (!/^[A-Za-z]$/.test(short)) wrong(`${path}.short`, 'must be one letter');
    else if (letters.has(short)) wrong(`${path}.short`, 'is taken by another option');
    letters.add(short);
  }
  if (errors.length === 0) return;
  const list = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  throw new JobsError('INVALID_DATA', `command(): ${list}`, { errors });
}
