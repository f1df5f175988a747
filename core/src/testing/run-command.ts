// Runs a command that a plugin brings inside a test: read as the command line reads it, with its output in lists.

import { GLOBAL, readArguments } from '../cli/arguments.ts';
import { Output } from '../cli/output.ts';
import { commandOf } from '../cli/plugin-entry.ts';
import { failure } from '../cli/run.ts';
import { systemRandom } from '../clock.ts';
import type { PluginHost } from '../plugins/host.ts';
import type { ManualClock } from './manual-clock.ts';

export interface RanCommand {
  code: number;
  /** Lines of standard output. */
  out: string[];
  /** Lines of standard error. */
  err: string[];
}

const elsewhere = (): never => {
  throw new Error('a command of a plugin opens no site of its own');
};

/** `words` as they are typed: the name, then arguments and options. Throws when no plugin that is on has the command. */
export async function runCommand(
  plugins: PluginHost,
  clock: ManualClock,
  [name = '', ...words]: readonly string[],
): Promise<RanCommand> {
  const owned = plugins.commands().find(({ command }) => command.name === name);
  if (!owned) throw new Error(`no plugin that is on brings the command "${name}"`);
  const texts = { out: '', err: '' };
  const stream = (to: keyof typeof texts) => ({
    write: (text: string) => {
      texts[to] += text;
    },
  });
  const out = new Output(stream('out'), stream('err'), {}, words.includes('--json'));
  const command = commandOf(owned);
  const run = async (): Promise<number> => {
    const { values, positionals } = readArguments(words, { ...command.options, ...GLOBAL });
    const around = { out, env: {}, cwd: process.cwd(), clock, random: systemRandom, site: elsewhere, open: elsewhere };
    return Number(await command.run({ ...around, args: positionals, values }));
  };
  const code = await run().catch((error: unknown) => failure(error, out, owned.command.name));
  const lines = (text: string): string[] => text.split('\n').slice(0, -1);
  return { code, out: lines(texts.out), err: lines(texts.err) };
}
