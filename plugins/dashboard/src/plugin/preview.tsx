// The preview of enabling or disabling a plugin, with the form that confirms it.
/** @jsxImportSource hono/jsx */

import type { QueueMetrics } from '@phraseworks/sdk';
import type { PluginStatus } from '@phraseworks/sdk/client';
import type { Child } from 'hono/jsx';
import { pluginPath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { count } from '../text.ts';
import type { Visit } from '../visit.ts';
import { type Switch, titleOf } from './facts.tsx';

export interface Effects {
  /** Its jobs. */
  waiting: number;
  running: number;
  /** Titles of running plugins that need it, directly or indirectly. */
  dependants: string[];
  /** Titles of plugins that are waiting for it. */
  waitingFor: string[];
  /** Its needs that no plugin provides. */
  missing: string[];
}

export function effectsOf(
  plugin: PluginStatus,
  all: readonly PluginStatus[],
  { types }: Pick<QueueMetrics, 'types'>,
): Effects {
  const sum = (state: 'pending' | 'processing') =>
    plugin.types.reduce((total, type) => total + (types[type]?.[state] ?? 0), 0);
  const needing = dependantsOf(plugin, all);
  return {
    waiting: sum('pending'),
    running: sum('processing'),
    dependants: needing.filter(isUp).map(titleOf),
    waitingFor: needing.filter(({ state }) => state === 'waiting').map(titleOf),
    missing: plugin.needs.filter(({ optional, met }) => !optional && !met).map(({ id }) => id),
  };
}

const isUp = ({ state }: PluginStatus): boolean => state === 'on' || state === 'starting';

const needs = (other: PluginStatus, provider: PluginStatus): boolean =>
  other.needs.some(({ id, optional }) => !optional && provider.provides.includes(id));

/** All plugins that need it, directly or indirectly. */
function dependantsOf(plugin: PluginStatus, all: readonly PluginStatus[]): PluginStatus[] {
  const found = new Set<PluginStatus>();
  const follow = (provider: PluginStatus): void => {
    for (const other of all) {
      if (other === plugin || found.has(other) || !needs(other, provider)) continue;
      found.add(other);
      follow(other);
    }
  };
  follow(plugin);
  return [...found];
}

function waitingText({ onJobs }: PluginStatus, n: number): string {
  if (n === 0) return 'No waiting jobs. New jobs will be held until you enable it.';
  return onJobs === 'cancel'
    ? `${count(n, 'waiting job')} will be cancelled, as the plugin specifies; new ones will be held until you enable it.`
    : `${count(n, 'waiting job')} and new ones will be held until you enable it.`;
}

const WAYS = [
  ['drain', 'Let them finish (up to 30 s), then return them to the queue'],
  ['abort', 'Stop them now and return them to the queue'],
] as const;

interface PreviewProps {
  visit: Visit;
  plugin: PluginStatus;
  effects: Effects;
}

export function switchPreview(props: PreviewProps, step: Switch): Page {
  const { visit, plugin } = props;
  const title = step === 'enable' ? `Enable ${titleOf(plugin)}?` : `Disable ${titleOf(plugin)}?`;
  return {
    title,
    children: (
      <article class="preview">
        <h1>{title}</h1>
        <h2>What will happen</h2>
        {step === 'enable' ? <WhenOn {...props} /> : <WhenOff {...props} />}
        <form method="post" action={visit.to(pluginPath(plugin.name))}>
          {step === 'disable' ? <HowToEnd {...props} /> : null}
          <div class="buttons">
            <button type="submit" name="do" value={step} class={step === 'enable' ? 'primary' : 'danger'}>
              {step === 'enable' ? 'Enable' : 'Disable'}
            </button>
            <a class="button" href={visit.to(pluginPath(plugin.name))}>
              Back
            </a>
          </div>
        </form>
      </article>
    ),
  };
}

function WhenOn({ plugin, effects }: PreviewProps) {
  return (
    <ul class="effects">
      <Named text="Job types that resume, with their schedules:" names={plugin.types} />
      <li>{plugin.parkedJobs === 0 ? 'No held jobs.' : `${count(plugin.parkedJobs, 'held job')} will run.`}</li>
      <Named text="Waiting plugins that will start:" names={effects.waitingFor} />
      <Named text="Missing dependencies; it will stay inactive:" names={effects.missing} />
    </ul>
  );
}

const WhenOff = ({ plugin, effects }: PreviewProps) => (
  <ul class="effects">
    <li>{waitingText(plugin, effects.waiting)}</li>
    <Named text="Schedules that will be suspended:" names={plugin.schedules} />
    <Named text="Plugins that need it will wait, and their jobs will be parked:" names={effects.dependants} />
    <li>Its routes and pages will be unavailable.</li>
  </ul>
);

function HowToEnd({ effects }: PreviewProps) {
  return (
    <fieldset class="field">
      <legend>Running jobs</legend>
      <p>{effects.running === 0 ? 'No running jobs.' : `${count(effects.running, 'running job')}.`}</p>
      {WAYS.map(([way, text]) => (
        <label class="way">
          <input type="radio" name="running" value={way} checked={way === 'drain'} /> {text}
        </label>
      ))}
      <small class="hint">Returned jobs keep their retries.</small>
    </fieldset>
  );
}

const Named = ({ text, names }: { text: string; names: readonly string[] }): Child =>
  names.length === 0 ? null : (
    <li>
      {text} <b>{names.join(', ')}</b>
    </li>
  );
