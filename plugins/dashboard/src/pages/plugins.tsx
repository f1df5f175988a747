// The plugins: which are on, why one is not, what they do, and what waits for them.
/** @jsxImportSource hono/jsx */
import { formatDuration } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import type { PluginEntry } from '../api.ts';
import type { Page } from '../layout.tsx';
import { StateMark } from '../state.tsx';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export async function pluginsPage(visit: Visit): Promise<Page> {
  const { plugins } = await visit.api.plugins();
  return {
    title: 'Plugins',
    children: (
      <>
        <h1>Plugins</h1>
        <div class="plugins">
          {plugins.map((plugin) => (
            <Plugin visit={visit} plugin={plugin} />
          ))}
        </div>
      </>
    ),
  };
}

function Plugin({ visit, plugin }: { visit: Visit; plugin: PluginEntry }) {
  const { name, title, version, state, reason, description } = plugin;
  return (
    <article class={`plugin ${state}`} id={`plugin-${name}`} aria-label={title ?? name}>
      <header>
        <h2>
          {title ?? name}{' '}
          <small>{[title === null ? '' : name, version ?? ''].filter((part) => part !== '').join(' ')}</small>
        </h2>
        <StateMark state={state} />
      </header>
      {description === null ? null : <p>{description}</p>}
      {reason === null ? null : <p class="reason">{reason}</p>}
      <Facts visit={visit} plugin={plugin} />
      <Switch visit={visit} plugin={plugin} />
    </article>
  );
}

function Facts({ visit: { to, now }, plugin }: { visit: Visit; plugin: PluginEntry }) {
  const { types, schedules, needs, provides, health, parkedJobs, initMs, state, since, reason } = plugin;
  const rows: [string, Child | null][] = [
    [
      'Types',
      types.length === 0 ? null : types.map((type, i) => [i > 0 ? ', ' : '', <a href={to('/', { type })}>{type}</a>]),
    ],
    ['Schedules', schedules.length === 0 ? null : <a href={to('/schedules')}>{schedules.join(', ')}</a>],
    [
      'Parked jobs',
      parkedJobs === 0 ? null : <a href={to('/', { status: 'parked' })}>{parkedJobs.toLocaleString('en')}</a>,
    ],
    ['Needs', needs.length === 0 ? null : needs.map(needText).join(', ')],
    ['Provides', provides.length === 0 ? null : provides.join(', ')],
    ['Hook errors', health.hookErrors === 0 ? null : String(health.hookErrors)],
    ['Last error', health.lastError === reason ? null : health.lastError],
    ['Started in', initMs === null || state !== 'on' ? null : formatDuration(initMs)],
    ['Since', <When at={since} now={now} />],
  ];
  return (
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
}

const needText = ({ id, optional, met }: PluginEntry['needs'][number]): string =>
  met ? id : `${id} (${optional ? 'optional, ' : ''}not there)`;

/** These pages cannot switch themselves off: nobody could switch them on again from here. */
function Switch({ visit, plugin: { name, state } }: { visit: Visit; plugin: PluginEntry }) {
  if (name === visit.plugin) return null;
  const on = (step: 'enable' | 'disable') => ({ kind: 'plugin', name, step }) as const;
  return (
    <div class="buttons">
      {state === 'off' || state === 'failed' ? (
        <ActButton visit={visit} label="Switch on" on={on('enable')} />
      ) : (
        <ActButton
          visit={visit}
          label="Switch off"
          on={on('disable')}
          confirm="Running jobs may end for 30 s; waiting ones are parked and come back when it is switched on."
        />
      )}
    </div>
  );
}
