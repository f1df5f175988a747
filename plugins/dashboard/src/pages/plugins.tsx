// The list of plugins, and the page of one: state, settings and what it registered.
/** @jsxImportSource hono/jsx */
import { JobsError, type PluginStatus, type RemovedPlugin } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { pluginPath, seeOther } from '../address.ts';
import { type Field, fieldOf } from '../form/field.ts';
import { type FormState, openForm, type Posted, submit, withErrors } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { PauseBox, PauseNotices } from '../list/pauses.tsx';
import { Trail } from '../parts.tsx';
import { NameAndVersion, PluginFacts, titleOf } from '../plugin/facts.tsx';
import { differs, Settings } from '../plugin/settings.tsx';
import { type Around, SwitchButton } from '../plugin/switch.tsx';
import { refusalOf } from '../refusal.ts';
import { StateMark } from '../state.tsx';
import { counts, shown } from '../text.ts';
import { Activity, readActivity } from '../type/activity.tsx';
import type { Visit } from '../visit.ts';

export async function pluginsPage(visit: Visit): Promise<Page> {
  const { actor, may } = visit;
  const [plugins, removed, metrics] = await Promise.all([
    visit.plugins.list(actor),
    may.administer ? visit.plugins.removed(actor) : [],
    visit.nodes.metrics(actor),
  ]);
  return {
    title: 'Plugins',
    follows: {},
    children: (
      <>
        <h1>Plugins</h1>
        <div class="plugins">
          {plugins.map((plugin) => (
            <Plugin visit={visit} plugin={plugin} around={{ plugins, metrics }} />
          ))}
        </div>
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
      <div class="plugins">
        {removed.map(({ name, ...left }) => (
          <article class="plugin" id={`plugin-${name}`} aria-label={name}>
            <h3>{name}</h3>
            <p>{leftOf(left)}</p>
            <ActButton visit={visit} label="Delete data" on={{ kind: 'plugin', name, step: 'purge' }} confirm={PURGE} />
          </article>
        ))}
      </div>
    </section>
  );
}

const leftOf = ({ jobs, schedules, tables }: Omit<RemovedPlugin, 'name'>): string =>
  counts([jobs, 'job'], [schedules.length, 'schedule'], [tables.length, 'table']) || 'only settings';

function Plugin({ visit, plugin, around }: { visit: Visit; plugin: PluginStatus; around: Around }) {
  const { name, state, reason, description } = plugin;
  const at = visit.to(pluginPath(name));
  return (
    <article class={`plugin ${state}`} id={`plugin-${name}`} aria-label={titleOf(plugin)}>
      <header>
        <h2>
          <a href={at}>
            <NameAndVersion plugin={plugin} />
          </a>
        </h2>
        <StateMark state={state} />
      </header>
      {description === null ? null : <p>{description}</p>}
      <Reason reason={reason} />
      <PluginFacts visit={visit} plugin={plugin} />
      <div class="buttons">
        <a class="button" href={at}>
          Settings
        </a>
        <SwitchButton visit={visit} plugin={plugin} around={around} />
      </div>
    </article>
  );
}

/** The mark says that it is disabled: `off in the configuration`, not `off disabled in the configuration`. */
function Reason({ reason }: { reason: string | null }) {
  const text = reason === null ? '' : shown(reason.replace(/^disabled ?/, ''));
  return text === '' ? null : <p class="reason">{text}</p>;
}

/** Throws `PLUGIN_NOT_FOUND`. */
export async function pluginPage(visit: Visit, name: string): Promise<Page> {
  const known = await readPlugin(visit, name, visit.query.settings === '1' && visit.may.administer);
  const { configSchema, config } = known.plugin;
  return onePage(visit, known, openForm(fieldOf(configSchema), config ?? {}));
}

/** Saves the settings. Reports if values stay as the configuration file or the environment sets them. */
export async function pluginPosted(visit: Visit, name: string, posted: Posted): Promise<Answer> {
  const known = await readPlugin(visit, name, visit.may.administer);
  const field = fieldOf(known.plugin.configSchema);
  const { form, value } = submit(field, posted, 'configure');
  if (value === undefined)
    return { ...(await onePage(visit, known, form)), status: form.mistakes.size > 0 ? 400 : 200 };
  const refused = await refusedForm(visit, known, field, value);
  if (refused) return refused;
  // The dashboard itself is restarting, so it cannot be asked.
  if (name === visit.plugin) return saved(visit, name, 'configure');
  const plugins = await visit.plugins.list(visit.actor);
  const now = plugins.find((one) => one.name === name);
  return saved(visit, name, differs(field, value, now?.config ?? {}) ? 'configurePartly' : 'configure');
}

const saved = (visit: Visit, name: string, notice: string): Response =>
  seeOther(visit.base, pluginPath(name), { notice });

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

/** The form with what is refused; undefined if the settings are accepted. */
async function refusedForm(visit: Visit, known: Known, field: Field, value: unknown): Promise<Answer | undefined> {
  const { name } = known.plugin;
  await visit.actor.require('administer');
  const base = `plugins.${name}.config`;
  const refused = await refusalOf(visit.plugins.configure(visit.actor, name, value), base);
  if (!refused) return undefined;
  const form = withErrors(openForm(field, value), base, refused.errors);
  return { ...(await onePage(visit, known, form)), status: refused.status };
}

/** The page with its settings, as they are or as somebody typed them. */
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
    children: (
      <article class="one-plugin">
        <Trail visit={visit} pages={{ '/plugins': 'Plugins' }} />
        <h1>
          <NameAndVersion plugin={plugin} />
        </h1>
        <div class="standing">
          <StateMark state={state} />
          <Reason reason={reason} />
        </div>
        {description === null ? null : <p>{description}</p>}
        {alwaysOn ? <p class="faint">Only the configuration can disable it.</p> : null}
        <PauseNotices visit={visit} back={{ atPlugin: name }} pauses={own} />
        <div class="buttons">
          <SwitchButton visit={visit} plugin={plugin} around={around} />
          {plugin.types.length > 0 && !own.some((pause) => pause.kind === 'plugin') ? (
            <PauseBox visit={visit} kind="plugin" name={name} back={{ atPlugin: name }} />
          ) : null}
          {state === 'off' && name !== visit.plugin ? (
            <ActButton
              visit={visit}
              label="Delete data"
              on={{ kind: 'plugin', name, step: 'purge' }}
              confirm={PURGE}
              at="page"
            />
          ) : null}
        </div>
        {activity ? <Activity visit={visit} activity={activity} /> : null}
        <div class="columns">
          <Settings visit={visit} plugin={plugin} form={form} />
          <PluginFacts visit={visit} plugin={plugin} types={types.filter((one) => one.plugin === name)} />
        </div>
      </article>
    ),
  };
}
