// `commands`: what the plugins of the site bring to the command line.
import { defineCommand } from '../command.ts';
import { usageOf } from '../help.ts';

export const commands = defineCommand({
  usage: [''],
  about: 'The plugins are started to tell; those that are off bring none. Each command has its --help.',
  example: 'commands',
  options: {},
  takes: { least: 0, most: 0 },
  async run({ out, open }) {
    const { plugins } = await open({ plugins: true });
    const all = plugins.commands().map(({ plugin, command }) => ({
      name: command.name,
      plugin,
      summary: command.summary,
      usage: usageOf(command),
    }));
    out.answer({ commands: all }, () => {
      if (all.length === 0) return out.line('No plugin that is on brings a command.');
      out.table(
        ['COMMAND', 'PLUGIN', 'DOES'],
        all.map(({ name, plugin, summary }) => [name, plugin, summary]),
      );
    });
    return 0;
  },
});
