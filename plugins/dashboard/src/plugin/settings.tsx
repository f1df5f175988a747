// The settings of a plugin: their form, and what new ones would change before they are stored.
/** @jsxImportSource hono/jsx */
import type { PluginEntry } from '../api.ts';
import type { Field } from '../form/field.ts';
import type { Sheet } from '../form/sheet.ts';
import { written } from '../form/sheet.ts';
import { SheetForm } from '../form/sheet-form.tsx';
import { redact } from '../job/redact.ts';
import { shown as readable } from '../job/shown.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';
import { type Change, changesOf } from './changes.ts';
import { type Effects, titleOf } from './effects.ts';
import { pluginPath } from './head.tsx';
import { Named } from './preview.tsx';

/** Its schema names none, or it has no schema and was given none. */
const hasNone = ({ configSchema, config }: PluginEntry): boolean => {
  const { properties = {} } = (configSchema ?? {}) as { properties?: object };
  return Object.keys(properties).length + Object.keys(config ?? {}).length === 0;
};

/** For those who may not change them they are only shown. */
export function Settings({ visit, plugin, sheet }: { visit: Visit; plugin: PluginEntry; sheet: Sheet }) {
  const { plugins: words, form } = visit.words;
  return (
    <section class="settings" id="settings">
      <h2>{words.settings}</h2>
      {plugin.config === null ? (
        <p class="faint">
          {words.notLoaded}{' '}
          {visit.may.administer ? (
            <a href={visit.to(pluginPath(plugin.name), { settings: '1' })}>{words.loadThem}</a>
          ) : null}
        </p>
      ) : hasNone(plugin) ? (
        <p class="faint">{words.noSettings}</p>
      ) : visit.may.administer ? (
        <SheetForm
          sheet={sheet}
          action={visit.to(pluginPath(plugin.name))}
          use={{ name: 'preview', label: words.save }}
          words={form}
        />
      ) : (
        <>
          <p class="faint">{words.readOnly}</p>
          <pre class="code">{written(plugin.config)}</pre>
        </>
      )}
    </section>
  );
}

interface ConfigPreview {
  visit: Visit;
  plugin: PluginEntry;
  effects: Effects;
  field: Field;
  /** What was typed. */
  value: unknown;
}

export function configPreview(props: ConfigPreview): Page {
  const { visit, plugin, field, value } = props;
  const words = visit.words.plugins;
  const title = words.configureTitle(titleOf(plugin));
  const changes = changesOf(field, plugin.config, value);
  return {
    title,
    children: (
      <article class="preview">
        <h1>{title}</h1>
        {changes.length === 0 ? <p>{words.noChange}</p> : <Changes changes={changes} words={words} />}
        <h2>{words.effects}</h2>
        <Consequences {...props} />
        <form method="post" action={visit.to(pluginPath(plugin.name))}>
          {/* The form comes back with it, too. */}
          <input type="hidden" name="json" value={written(value)} />
          <div class="buttons">
            <button type="submit" name="do" value="configure" class="primary">
              {plugin.state === 'off' ? words.yesStore : words.yesConfigure}
            </button>
            <button type="submit" name="do" value="fields">
              {words.backToForm}
            </button>
          </div>
        </form>
      </article>
    ),
  };
}

function Consequences({ visit, plugin, effects }: ConfigPreview) {
  const words = visit.words.plugins;
  if (plugin.state === 'off') return <p>{words.storedOnly}</p>;
  return (
    <ul class="effects">
      <li>{words.pausesMeanwhile}</li>
      {plugin.types.length === 0 ? null : <li>{words.runningOf(effects.running)}</li>}
      <Named text={words.dependantsAnew} names={effects.dependants} />
      {plugin.name === visit.plugin ? <li>{words.itself}</li> : null}
    </ul>
  );
}

const LONGEST = 200;

function Changes({ changes, words }: { changes: readonly Change[]; words: Visit['words']['plugins'] }) {
  const shown = (value: unknown, secret: boolean): string => {
    if (value === undefined) return words.notSet;
    if (secret) return words.secretSet;
    const safe = redact(value).value;
    const text = typeof safe === 'string' ? safe : (JSON.stringify(safe) ?? '');
    return readable(text, LONGEST);
  };
  return (
    <table class="plain changes">
      <thead>
        <tr>
          <th scope="col">{words.change}</th>
          <th scope="col">{words.before}</th>
          <th scope="col">{words.after}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, before, after, secret }) => (
          <tr>
            <th scope="row">
              <code>{readable(path, LONGEST)}</code>
            </th>
            <td data-label={words.before}>{shown(before, secret)}</td>
            <td data-label={words.after}>{shown(after, secret)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
