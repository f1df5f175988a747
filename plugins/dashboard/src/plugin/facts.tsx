// What a plugin has registered, its needs and health, its name and the link that enables or disables it.
/** @jsxImportSource hono/jsx */

import { formatDuration } from '@phraseworks/sdk';
import type { PluginStatus } from '@phraseworks/sdk/client';
import type { Child } from 'hono/jsx';
import { panelPath, pluginPath } from '../address.ts';
import { count, counts, number, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export const titleOf = ({ title, name }: Pick<PluginStatus, 'title' | 'name'>): string => title ?? name;

export type Switch = 'enable' | 'disable';

/** Undefined for the dashboard itself. */
export function switchOf(visit: Visit, { name, state }: PluginStatus): Switch | undefined {
  if (name === visit.plugin) return undefined;
  return state === 'off' || state === 'failed' ? 'enable' : 'disable';
}

/** Leads to a preview of the action. */
export function SwitchLink({ visit, plugin }: { visit: Visit; plugin: PluginStatus }) {
  const step = switchOf(visit, plugin);
  if (step === undefined || !visit.may.administer) return null;
  return (
    <a class="button" href={visit.to(pluginPath(plugin.name), { preview: step })}>
      {step === 'enable' ? 'Enable' : 'Disable'}
    </a>
  );
}

export const NameAndVersion = ({ plugin }: { plugin: PluginStatus }) => (
  <>
    {titleOf(plugin)}{' '}
    <small>
      {[plugin.title === null ? '' : plugin.name, plugin.version ?? ''].filter((part) => part !== '').join(' ')}
    </small>
  </>
);

const footprint = ({ types, schedules, hooks, routes, panels }: PluginStatus): string =>
  counts(
    [types.length, 'type'],
    [schedules.length, 'schedule'],
    [hooks.length, 'hook'],
    [routes.length, 'route'],
    [panels.length, 'page'],
  ) || 'nothing';

interface FactsProps {
  visit: Visit;
  plugin: PluginStatus;
}

/** For the list of plugins. */
export const ShortFacts = (props: FactsProps) => (
  <Rows rows={[['Types', typesOf(props)], ['Adds', footprint(props.plugin)], ...common(props)]} />
);

/** For the page of the plugin. */
export function AllFacts(props: FactsProps) {
  const { visit, plugin } = props;
  const own = visit.panels.filter((panel) => panel.plugin === plugin.name);
  return (
    <Rows
      rows={[
        ['Types', typesOf(props)],
        [
          'Pages',
          own.length === 0
            ? null
            : listed(own.map(({ id, title }) => <a href={visit.to(panelPath(plugin.name, id))}>{title}</a>)),
        ],
        [
          'Schedules',
          plugin.schedules.length === 0 ? null : <a href={visit.to('/schedules')}>{plugin.schedules.join(', ')}</a>,
        ],
        ...common(props),
        [
          'Needs',
          textOf(
            plugin.needs.map(({ id, optional, met }) => (met ? id : `${id} (${optional ? 'optional, ' : ''}missing)`)),
          ),
        ],
        ['Provides', textOf(plugin.provides)],
        ['Hooks', textOf(plugin.hooks)],
        ['Commands', textOf(plugin.commands)],
        [
          'Routes',
          plugin.routes.length === 0 ? null : (
            <details>
              <summary>{count(plugin.routes.length, 'route')}</summary>
              <Routes routes={plugin.routes} />
            </details>
          ),
        ],
      ]}
    />
  );
}

function common({ visit: { to, now }, plugin }: FactsProps): Row[] {
  const { parkedJobs, health, reason, initMs, state, since } = plugin;
  return [
    ['Parked jobs', parkedJobs === 0 ? null : <a href={to('/', { status: 'parked' })}>{number(parkedJobs)}</a>],
    ['Hook errors', health.hookErrors === 0 ? null : String(health.hookErrors)],
    ['Last error', health.lastError === reason || health.lastError === null ? null : shown(health.lastError)],
    ['Started in', initMs === null || state !== 'on' ? null : formatDuration(initMs)],
    [state === 'on' ? 'Running since' : state === 'off' ? 'Disabled since' : 'Since', <When at={since} now={now} />],
  ];
}

const typesOf = ({ visit: { to }, plugin: { types } }: FactsProps): Child | null =>
  types.length === 0 ? null : listed(types.map((type) => <a href={to('/', { type })}>{type}</a>));

export const listed = (links: Child[]): Child => links.map((link, i) => [i > 0 ? ', ' : '', link]);
const textOf = (texts: readonly string[]): string | null => (texts.length === 0 ? null : texts.join(', '));

export const Routes = ({ routes }: { routes: readonly string[] }) => (
  <ul class="routes">
    {routes.map((route) => (
      <li>
        <code>{route}</code>
      </li>
    ))}
  </ul>
);

type Row = [string, Child | null];

export const Rows = ({ rows }: { rows: Row[] }) => (
  <dl class="facts">
    {rows
      .filter(([, value]) => value !== null)
      .map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);
