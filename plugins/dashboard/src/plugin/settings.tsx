// The settings of a plugin: their form, and whether they are in use as typed.
/** @jsxImportSource hono/jsx */

import type { PluginStatus } from '@phraseworks/sdk';
import { isNode, MASK, type Node } from '@phraseworks/sdk/secrets';
import { pluginPath } from '../address.ts';
import { jsonText } from '../form/draft.ts';
import { type Field, fieldOf } from '../form/field.ts';
import { SchemaForm } from '../form/form.tsx';
import type { FormState } from '../form/state.ts';
import type { Visit } from '../visit.ts';

/** An empty value and a default count as not given. */
export function differs(field: Field, typed: unknown, used: unknown): boolean {
  if (field.kind === 'group' && isGroup(typed) && isGroup(used)) {
    const parts = new Map(field.parts.map(({ key, field: inner }) => [key, inner]));
    const keys = new Set([...parts.keys(), ...Object.keys(typed ?? {}), ...Object.keys(used ?? {})]);
    return [...keys].some((key) => differs(parts.get(key) ?? { kind: 'json' }, typed?.[key], used?.[key]));
  }
  // A secret that is used is never shown.
  if (used === MASK) return typed === undefined;
  return textOf(typed ?? field.fallback) !== textOf(used ?? field.fallback);
}

const isGroup = (value: unknown): value is Node | undefined => value === undefined || isNode(value);

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text === '{}' || text === '[]' || text === '""' || text === 'null' ? '' : text;
}

const hasNone = ({ configSchema, config }: PluginStatus): boolean =>
  fieldOf(configSchema).kind === 'json' && Object.keys(config ?? {}).length === 0;

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
          sections
          action={visit.to(pluginPath(plugin.name))}
          use={{ name: 'configure', label: plugin.state === 'off' ? 'Save' : 'Save and restart plugin' }}
        />
      ) : (
        <>
          <p class="faint">Secrets are masked.</p>
          <pre class="code">{jsonText(plugin.config)}</pre>
        </>
      )}
    </section>
  );
}
