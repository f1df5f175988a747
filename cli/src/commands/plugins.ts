// `plugins`: which are wanted on, and their state in each process; switches one on or off for all of them.
import { JobsError } from '@phraseworks/sdk';
import { oneOf } from '../arguments.ts';
import { type Call, defineCommand, type ExitCode, UsageError } from '../command.ts';
import { nearest } from '../nearest.ts';
import { type PluginRow, pluginRows } from '../plugin-rows.ts';

const ACTIONS = ['list', 'enable', 'disable'] as const;

export const plugins = defineCommand({
  usage: ['[list]', 'enable NAME', 'disable NAME'],
  about: 'What is set here is stored, wins over the configuration, and every running process follows within a second.',
  example: 'plugins disable image',
  options: {},
  takes: { least: 0, most: 2 },
  async run(call) {
    const [word = 'list', name] = call.args;
    const action = oneOf(word, 'The action', ACTIONS) ?? 'list';
    if (action === 'list') {
      if (name !== undefined) throw new UsageError('plugins list takes no name.');
      return showAll(call);
    }
    if (name === undefined) throw new UsageError(`plugins ${action} needs the name of a plugin.`);
    return set(call, name, action === 'enable');
  },
});

async function showAll({ out, clock, open }: Call): Promise<ExitCode> {
  const rows = await pluginRows(await open(), clock.now());
  out.answer({ plugins: rows }, () => {
    if (rows.length === 0) return out.line('No plugins.');
    out.table(
      ['NAME', 'SET', 'BY', 'TYPES', 'PARKED', 'IN PROCESSES'],
      rows.map(({ name, enabled, setBy, types, parkedJobs, nodes }) => [
        name,
        enabled ? { text: 'on', style: 'green' } : { text: 'off', style: 'yellow' },
        setBy,
        types.join(', '),
        String(parkedJobs),
        statesOf(nodes),
      ]),
    );
  });
  return 0;
}

async function set({ out, clock, open }: Call, given: string, enabled: boolean): Promise<ExitCode> {
  const client = await open();
  const names = (await pluginRows(client, clock.now())).map(({ name }) => name);
  if (!names.includes(given)) {
    const near = nearest(given, names);
    throw new JobsError(
      'PLUGIN_NOT_FOUND',
      `There is no plugin of this name${near ? `: did you mean ${near}?` : names.length > 0 ? `: there are ${names.join(', ')}.` : ' here.'}`,
    );
  }
  await client.pluginStore.setEnabled(given, enabled, clock.now());
  await client.note(enabled ? 'enablePlugin' : 'disablePlugin', given);
  const row = (await pluginRows(client, clock.now())).find(({ name }) => name === given);
  out.answer({ plugin: row }, () =>
    out.line(`${given} is set ${enabled ? 'on' : 'off'}: running processes follow within a second`),
  );
  return 0;
}

const statesOf = (nodes: PluginRow['nodes']): string =>
  Object.entries(nodes)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ') || '-';
