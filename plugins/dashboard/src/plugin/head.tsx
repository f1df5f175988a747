// The name of a plugin, its state, and the way to switch it.
/** @jsxImportSource hono/jsx */
import type { PluginEntry } from '../api.ts';
import type { Visit } from '../visit.ts';
import { titleOf } from './effects.ts';

export const pluginPath = (name: string): string => `/plugin/${encodeURIComponent(name)}`;

export type Switch = 'enable' | 'disable';

/** What can be done with it; `undefined` for these pages themselves. */
export function switchOf(visit: Visit, { name, state }: PluginEntry): Switch | undefined {
  if (name === visit.plugin) return undefined;
  return state === 'off' || state === 'failed' ? 'enable' : 'disable';
}

/** A link to a page that shows what the action does before it is done. */
export function SwitchLink({ visit, plugin }: { visit: Visit; plugin: PluginEntry }) {
  const step = switchOf(visit, plugin);
  if (step === undefined || !visit.may.administer) return null;
  return (
    <a class="button" href={visit.to(pluginPath(plugin.name), { preview: step })}>
      {step === 'enable' ? 'Enable' : 'Disable'}
    </a>
  );
}

export const NameAndVersion = ({ plugin }: { plugin: PluginEntry }) => (
  <>
    {titleOf(plugin)}{' '}
    <small>
      {[plugin.title === null ? '' : plugin.name, plugin.version ?? ''].filter((part) => part !== '').join(' ')}
    </small>
  </>
);
