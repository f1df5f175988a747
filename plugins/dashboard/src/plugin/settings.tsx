// The settings of a plugin: their form, and a preview of the changes.
/** @jsxImportSource hono/jsx */

import type { PluginStatus } from '@phraseworks/sdk/client';
import { isNode, isSecretName, MASK } from '@phraseworks/sdk/secrets';
import { pluginPath } from '../address.ts';
import type { Field } from '../form/field.ts';
import { SchemaForm } from '../form/form.tsx';
import { type FormState, written } from '../form/state.ts';
import { redact } from '../job/redact.ts';
import type { Page } from '../layout.tsx';
import { shown as readable } from '../text.ts';
import type { Visit } from '../visit.ts';
import { titleOf } from './facts.tsx';
import { type Effects, Named, runningText } from './preview.tsx';

interface Change {
  /** `transport.auth.user` */
  path: string;
  /** The default if nothing is set. */
  before: unknown;
  after: unknown;
  secret: boolean;
}

/** Setting a value to its default is no change. */
export function changesOf(field: Field, before: unknown, after: unknown, keys: readonly string[] = []): Change[] {
  if (field.kind === 'group' && fitsGroup(before) && fitsGroup(after)) {
    const parts = new Map(field.parts.map(({ key, field: inner }) => [key, inner]));
    const all = new Set([...parts.keys(), ...keysOf(before), ...keysOf(after)]);
    return [...all].flatMap((key) =>
      changesOf(parts.get(key) ?? { kind: 'json' }, entryOf(before, key), entryOf(after, key), [...keys, key]),
    );
  }
  const [now, then] = [before ?? field.fallback, after ?? field.fallback];
  if (sameText(now, then)) return [];
  const secret =
    before === MASK || after === MASK || isSecretName(keys.at(-1) ?? '') || (field.kind === 'text' && field.secret);
  return [{ path: keys.join('.'), before: now, after: then, secret }];
}

const fitsGroup = (value: unknown): boolean => value === undefined || isNode(value);
const keysOf = (value: unknown): string[] => (isNode(value) ? Object.keys(value) : []);
const entryOf = (value: unknown, key: string): unknown =>
  isNode(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** Empty lists, objects and texts equal no value. */
const sameText = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other);

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text === '{}' || text === '[]' || text === '""' || text === 'null' ? '' : text;
}

/** The plugin has no settings. */
const hasNone = ({ configSchema, config }: PluginStatus): boolean => {
  const { properties = {} } = (configSchema ?? {}) as { properties?: object };
  return Object.keys(properties).length + Object.keys(config ?? {}).length === 0;
};

/** Read-only without the permission to change them. */
export function Settings({ visit, plugin, form }: { visit: Visit; plugin: PluginStatus; form: FormState }) {
  return (
    <section class="settings" id="settings">
      <h2>Settings</h2>
      {plugin.config === null ? (
        <p class="faint">
          Settings are unknown until the plugin is loaded.{' '}
          {visit.may.administer ? (
            <a href={visit.to(pluginPath(plugin.name), { settings: '1' })}>Load settings</a>
          ) : null}
        </p>
      ) : hasNone(plugin) ? (
        <p class="faint">No settings.</p>
      ) : visit.may.administer ? (
        <SchemaForm
          form={form}
          action={visit.to(pluginPath(plugin.name))}
          use={{ name: 'preview', label: 'Review changes' }}
        />
      ) : (
        <>
          <p class="faint">Secrets are masked.</p>
          <pre class="code">{written(plugin.config)}</pre>
        </>
      )}
    </section>
  );
}

interface ConfigPreview {
  visit: Visit;
  plugin: PluginStatus;
  effects: Effects;
  field: Field;
  /** The new settings. */
  value: unknown;
}

export function configPreview(props: ConfigPreview): Page {
  const { visit, plugin, field, value } = props;
  const title = `Change the settings of ${titleOf(plugin)}?`;
  const changes = changesOf(field, plugin.config, value);
  return {
    title,
    children: (
      <article class="preview">
        <h1>{title}</h1>
        {changes.length === 0 ? <p>No changes.</p> : <Changes changes={changes} />}
        <h2>What will happen</h2>
        <Consequences {...props} />
        <form method="post" action={visit.to(pluginPath(plugin.name))}>
          <input type="hidden" name="json" value={written(value)} />
          <div class="buttons">
            <button type="submit" name="do" value="configure" class="primary">
              {plugin.state === 'off' ? 'Save' : 'Save and restart plugin'}
            </button>
            <button type="submit" name="do" value="fields">
              Back to the form
            </button>
          </div>
        </form>
      </article>
    ),
  };
}

function Consequences({ visit, plugin, effects }: ConfigPreview) {
  if (plugin.state === 'off') return <p>The plugin is disabled. The settings take effect when you enable it.</p>;
  return (
    <ul class="effects">
      <li>The plugin restarts. Running jobs get 30 s to finish; its routes and pages are unavailable meanwhile.</li>
      {plugin.state === 'on' ? <li>If it does not start with the new settings, it keeps the current ones.</li> : null}
      {plugin.types.length === 0 ? null : <li>{runningText(effects.running)}</li>}
      <Named text="Plugins that need it will also restart:" names={effects.dependants} />
      {plugin.name === visit.plugin ? <li>The dashboard itself restarts; reload this page afterwards.</li> : null}
    </ul>
  );
}

const LONGEST = 200;

function Changes({ changes }: { changes: readonly Change[] }) {
  const shown = (value: unknown, secret: boolean): string => {
    if (value === undefined) return 'not set';
    if (secret) return 'a secret';
    const safe = redact(value).value;
    const text = typeof safe === 'string' ? safe : (JSON.stringify(safe) ?? '');
    return readable(text, LONGEST);
  };
  return (
    <table class="plain changes">
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Current</th>
          <th scope="col">New</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ path, before, after, secret }) => (
          <tr>
            <th scope="row">
              <code>{readable(path, LONGEST)}</code>
            </th>
            <td data-label="Current">{shown(before, secret)}</td>
            <td data-label="New">{shown(after, secret)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
