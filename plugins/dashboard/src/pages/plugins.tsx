// The list of plugins, and the page of one: state, settings and what it registered.
/** @jsxImportSource hono/jsx */
import { JobsError, type PluginStatus, type RemovedPlugin } from '@phraseworks/sdk';
import type { MetricsHistory } from '@phraseworks/sdk/client';
import { ActButton } from '../act.tsx';
import { pluginPath, seeOther } from '../address.ts';
import { fieldOf, formOf } from '../form/field.ts';
import { type FormState, openForm, type Posted, statusOf, take } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { PauseBox, PauseNotices } from '../list/pauses.tsx';
import { readHistory } from '../metrics/read.ts';
import { type Column, Head, Table, Trail, typeLinks } from '../parts.tsx';
import { NameAndVersion, PluginFacts, titleOf } from '../plugin/facts.tsx';
import { differs, Settings } from '../plugin/settings.tsx';
import { type Around, SwitchButton } from '../plugin/switch.tsx';
import { StateMark } from '../state.tsx';
import { counts, number, shown } from '../text.ts';
import { Activity, readActivity } from '../type/activity.tsx';
import type { Visit } from '../visit.ts';

export async function pluginsPage(visit: Visit): Promise<Page> {
  const { actor, may } = visit;
  const [plugins, removed, metrics, history] = await Promise.all([
    visit.plugins.list(actor),
    may.administer ? visit.plugins.removed(actor) : [],
    visit.nodes.metrics(actor),
    readHistory(visit, '24h'),
  ]);
  return {
    title: 'Plugins',
    follows: {},
    children: (
      <>
        <Head title="Plugins" />
        <PluginTable visit={visit} figures={history?.byType} plugins={plugins} metrics={metrics} />
        {removed.length === 0 ? null : <Removed visit={visit} removed={removed} />}
      </>
    ),
  };
}

const PURGE =
  "This permanently deletes the plugin's tables, schedules and settings, and all its jobs, including finished ones.";

function Removed({ visit, removed }: { visit: Visit; removed: readonly RemovedPlugin[] }) {
  return (
    <section aria-labelledby="removed">
      <h2 id="removed">Not in this configuration</h2>
      <p class="faint">No running process has these plugins, but their data is still in the database.</p>
      <Table
        rows={removed}
        keyOf={({ name }) => name}
        idOf={({ name }) => `plugin-${name}`}
        columns={[
          { label: 'Plugin', names: true, cell: ({ name }) => name },
          { label: 'Left', cell: leftOf },
          {
            label: '',
            cell: ({ name }) => (
              <ActButton
                visit={visit}
                label="Delete data"
                on={{ kind: 'plugin', name, step: 'purge' }}
                confirm={PURGE}
              />
            ),
          },
        ]}
      />
    </section>
  );
}

const leftOf = ({ jobs, schedules, tables }: Omit<RemovedPlugin, 'name'>): string =>
  counts([jobs, 'job'], [schedules.length, 'schedule'], [tables.length, 'table']) || 'only settings';

interface PluginTableProps extends Around {
  visit: Visit;
  /** Undefined while the plugin metrics is off. */
  figures: MetricsHistory['byType'] | undefined;
}

function PluginTable({ visit, figures, ...around }: PluginTableProps) {
  const { to } = visit;
  const today = (label: string, count: 'completed' | 'failed'): Column<PluginStatus>[] =>
    figures === undefined
      ? []
      : [
          {
            label,
            number: true,
            cell: ({ name, types }) => {
              if (types.length === 0) return null;
              const n = types.reduce((sum, type) => sum + (figures[type]?.[count] ?? 0), 0);
              if (n === 0 || count === 'completed') return number(n);
              return (
                <a class="error" href={to('/', { status: 'failed', plugin: name })}>
                  {number(n)}
                </a>
              );
            },
          },
        ];
  return (
    <Table
      caption="Plugins"
      rows={around.plugins}
      keyOf={({ name }) => name}
      idOf={({ name }) => `plugin-${name}`}
      columns={[
        { label: 'Plugin', names: true, cell: (plugin) => <Name visit={visit} plugin={plugin} /> },
        { label: 'State', cell: ({ state }) => <StateMark state={state} /> },
        ...today('Completed, 24 h', 'completed'),
        ...today('Failed, 24 h', 'failed'),
        {
          label: 'Types',
          cell: (plugin) => (plugin.types.length === 0 ? null : <Types visit={visit} plugin={plugin} />),
        },
        {
          label: '',
          cell: (plugin) => (
            <div class="buttons">
              <SwitchButton visit={visit} plugin={plugin} around={around} />
            </div>
          ),
        },
      ]}
    />
  );
}

function Name({ visit: { to }, plugin }: { visit: Visit; plugin: PluginStatus }) {
  const { name, description, reason, health } = plugin;
  return (
    <>
      <a href={to(pluginPath(name))}>{titleOf(plugin)}</a>
      {description === null ? null : <small>{description}</small>}
      <Reason reason={reason} />
      {health.lastError === null || reason?.startsWith(health.lastError) ? null : (
        <small class="error">{shown(health.lastError)}</small>
      )}
    </>
  );
}

const Types = ({ visit, plugin: { types, parkedJobs, name } }: { visit: Visit; plugin: PluginStatus }) => (
  <>
    {typeLinks(visit, types)}
    {parkedJobs === 0 ? null : (
      <small>
        <a href={visit.to('/', { status: 'parked', plugin: name })}>{`${number(parkedJobs)} parked`}</a>
      </small>
    )}
  </>
);

/** The mark says that it is disabled: `off in the configuration`, not `off disabled in the configuration`. */
function Reason({ reason }: { reason: string | null }) {
  const text = reason === null ? '' : shown(reason.replace(/^disabled ?/, ''));
  return text === '' ? null : <small class="error">{text}</small>;
}

/** Throws `PLUGIN_NOT_FOUND`. */
export async function pluginPage(visit: Visit, name: string): Promise<Page> {
  const known = await readPlugin(visit, name, visit.query.settings === '1' && visit.may.administer);
  const { configSchema, config } = known.plugin;
  return onePage(visit, known, openForm(formOf(configSchema), { data: config ?? {} }));
}

/** Saves the settings. Reports if values stay as the configuration file or the environment sets them. */
export async function pluginPosted(visit: Visit, name: string, posted: Posted): Promise<Answer> {
  await visit.actor.require('administer');
  const known = await readPlugin(visit, name, true);
  const { configSchema } = known.plugin;
  const base = `plugins.${name}.config`;
  return take({
    field: formOf(configSchema),
    posted,
    use: 'configure',
    pathOf: (path) => (path.startsWith(base) ? `data${path.slice(base.length)}` : path),
    show: (form) => onePage(visit, known, form),
    save: async ({ data = {} }) => {
      await visit.plugins.configure(visit.actor, name, data);
      // The dashboard itself is restarting, so it cannot be asked.
      const plugins = name === visit.plugin ? [] : await visit.plugins.list(visit.actor);
      const now = plugins.find((one) => one.name === name);
      const isPart = now !== undefined && differs(fieldOf(configSchema), data, now.config ?? {});
      return seeOther(visit.base, pluginPath(name), { notice: isPart ? 'plugin.configurePartly' : 'plugin.configure' });
    },
  });
}

type Known = Around & { plugin: PluginStatus };

/** `load`: also load the code of a disabled plugin to read its settings. */
async function readPlugin(visit: Visit, name: string, load: boolean): Promise<Known> {
  const { actor } = visit;
  const [plugins, metrics] = await Promise.all([visit.plugins.list(actor), visit.nodes.metrics(actor)]);
  const found = plugins.find((one) => one.name === name);
  if (!found) throw new JobsError('PLUGIN_NOT_FOUND', 'No plugin of this name is configured.');
  const settings = load && found.config === null ? await visit.plugins.settings(actor, name) : {};
  return { plugin: { ...found, ...settings }, plugins, metrics };
}

/** The page with its settings, as stored or as typed. */
async function onePage(visit: Visit, { plugin, ...around }: Known, form: FormState): Promise<Page> {
  const { name, state, reason, description, alwaysOn } = plugin;
  const [pauses, types, activity] = await Promise.all([
    visit.pauses.list(visit.actor),
    visit.types.list(visit.actor),
    plugin.types.length === 0 ? undefined : readActivity(visit, plugin.types),
  ]);
  const own = pauses.filter(({ kind, name: paused }) =>
    kind === 'type' ? plugin.types.includes(paused) : paused === name,
  );
  return {
    title: titleOf(plugin),
    status: statusOf(form),
    children: (
      <article class="one-plugin">
        <Trail visit={visit} pages={{ '/plugins': 'Plugins' }} />
        <Head
          title={
            <>
              <NameAndVersion plugin={plugin} /> <StateMark state={state} />
            </>
          }
        >
          {plugin.types.length === 0 ? null : <PauseBox visit={visit} kind="plugin" name={name} pauses={own} />}
          <SwitchButton visit={visit} plugin={plugin} around={around} />
          {state === 'off' && name !== visit.plugin ? (
            <ActButton visit={visit} label="Delete data" on={{ kind: 'plugin', name, step: 'purge' }} confirm={PURGE} />
          ) : null}
        </Head>
        <Reason reason={reason} />
        {description === null ? null : <p>{description}</p>}
        {alwaysOn ? <p class="faint">Only the configuration can disable it.</p> : null}
        <PauseNotices visit={visit} pauses={own} />
        {activity ? <Activity visit={visit} activity={activity} /> : null}
        <div class="columns">
          <Settings visit={visit} plugin={plugin} form={form} />
          <PluginFacts visit={visit} plugin={plugin} types={types.filter((one) => one.plugin === name)} />
        </div>
      </article>
    ),
  };
}
