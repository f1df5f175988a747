// `phraseworks-jobs/plugin-command`: runs a command of a plugin as the command line does, for `jobs.command()` of `@phraseworks/testing`. Not for
// plugins or sites: any release may change it.
import { type Clock, systemRandom } from '@phraseworks/jobs/internals/base';
import type { PluginHost } from '@phraseworks/jobs/internals/core';
import { GLOBAL, readArguments } from './arguments.ts';
import { Output } from './output.ts';
import { commandOf } from './plugin-entry.ts';
import { failure } from './run.ts';

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

/** `words` as typed: the name, then arguments and options. Throws if no plugin that is on has the command. */
export async function runPluginCommand(
  plugins: PluginHost,
  clock: Clock,
  [name = '', ...words]: readonly string[],
): Promise<RanCommand> {
  const owned = plugins.commands().find(({ command }) => command.name === name);
  if (!owned) throw new Error(`no running plugin has the command "${name}"`);
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
    const context = { out, env: {}, cwd: process.cwd(), clock, random: systemRandom, site: elsewhere, open: elsewhere };
    return Number(await command.run({ ...context, args: positionals, values }));
  };
  const code = await run().catch((error: unknown) => failure(error, out, owned.command.name));
  const lines = (text: string): string[] => text.split('\n').slice(0, -1);
  return { code, out: lines(texts.out), err: lines(texts.err) };
}
