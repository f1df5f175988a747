// What a plugin has registered, what it needs, and how it does.
/** @jsxImportSource hono/jsx */
import { formatDuration } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { panelPath } from '../address.ts';
import type { PluginEntry } from '../api.ts';
import { shown } from '../job/shown.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

interface FactsProps {
  visit: Visit;
  plugin: PluginEntry;
}

/** In short, for the list. */
export function ShortFacts(props: FactsProps) {
  const { visit, plugin } = props;
  const { types, schedules, hooks, routes, panels } = plugin;
  const words = visit.words.plugins;
  const counts = {
    types: types.length,
    schedules: schedules.length,
    hooks: hooks.length,
    routes: routes.length,
    panels: panels.length,
  };
  return <Rows rows={[[words.types, typesOf(props)], [words.registered, words.footprint(counts)], ...common(props)]} />;
}

/** All of it, for its own page. */
export function AllFacts(props: FactsProps) {
  const { visit, plugin } = props;
  const words = visit.words.plugins;
  const own = visit.panels.filter((panel) => panel.plugin === plugin.name);
  return (
    <Rows
      rows={[
        [words.types, typesOf(props)],
        [
          words.panels,
          own.length === 0
            ? null
            : listed(own.map(({ id, title }) => <a href={visit.to(panelPath(plugin.name, id))}>{title}</a>)),
        ],
        [
          words.schedules,
          plugin.schedules.length === 0 ? null : <a href={visit.to('/schedules')}>{plugin.schedules.join(', ')}</a>,
        ],
        ...common(props),
        [words.needs, textOf(plugin.needs.map(({ id, optional, met }) => (met ? id : words.missing(id, optional))))],
        [words.provides, textOf(plugin.provides)],
        [words.hooks, textOf(plugin.hooks)],
        [words.commands, textOf(plugin.commands)],
        [
          words.routes,
          plugin.routes.length === 0 ? null : (
            <details>
              <summary>{words.routeCount(plugin.routes.length)}</summary>
              <Routes routes={plugin.routes} />
            </details>
          ),
        ],
      ]}
    />
  );
}

/** What both tell. */
function common({ visit: { to, now, words }, plugin }: FactsProps): Row[] {
  const { parkedJobs, health, reason, initMs, state, since } = plugin;
  return [
    [
      words.plugins.parkedJobs,
      parkedJobs === 0 ? null : <a href={to('/', { status: 'parked' })}>{parkedJobs.toLocaleString('en')}</a>,
    ],
    [words.plugins.hookErrors, health.hookErrors === 0 ? null : String(health.hookErrors)],
    [
      words.plugins.lastError,
      health.lastError === reason || health.lastError === null ? null : shown(health.lastError),
    ],
    [words.plugins.startedIn, initMs === null || state !== 'on' ? null : formatDuration(initMs)],
    [words.plugins.since, <When at={since} now={now} />],
  ];
}

const typesOf = ({ visit: { to }, plugin: { types } }: FactsProps): Child | null =>
  types.length === 0 ? null : listed(types.map((type) => <a href={to('/', { type })}>{type}</a>));

const listed = (links: Child[]): Child => links.map((link, i) => [i > 0 ? ', ' : '', link]);
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

const Rows = ({ rows }: { rows: Row[] }) => (
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
