// The button that enables a plugin, or disables it after a question that says what will happen.
/** @jsxImportSource hono/jsx */

import type { PluginStatus, QueueMetrics } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { count } from '../text.ts';
import type { Visit } from '../visit.ts';
import { switchOf, titleOf } from './facts.tsx';

/** What the question before a plugin is disabled is made from. */
export interface Around {
  plugins: readonly PluginStatus[];
  metrics: Pick<QueueMetrics, 'types'>;
}

export function SwitchButton({ visit, plugin, around }: { visit: Visit; plugin: PluginStatus; around: Around }) {
  const step = switchOf(plugin);
  if (step === undefined) return null;
  const label = plugin.state === 'failed' ? 'Try now' : step === 'enable' ? 'Enable' : 'Disable';
  const confirm = step === 'enable' ? undefined : effectsOf(plugin, around);
  return <ActButton visit={visit} label={label} on={{ kind: 'plugin', name: plugin.name, step }} confirm={confirm} />;
}

const needs = (other: PluginStatus, provider: PluginStatus): boolean =>
  other.needs.some(({ id, optional }) => !optional && provider.provides.includes(id));

/** Two lines: its jobs, and other plugins. */
function effectsOf(plugin: PluginStatus, { plugins, metrics: { types } }: Around): string {
  const sum = (state: 'pending' | 'processing') =>
    plugin.types.reduce((total, type) => total + (types[type]?.[state] ?? 0), 0);
  const waiting = count(sum('pending'), 'waiting job');
  const running = sum('processing');
  const needing = plugins.filter((other) => other.state === 'on' && needs(other, plugin)).map(titleOf);
  const stopping =
    running === 0
      ? ''
      : ` ${count(running, 'running job')} can finish within 30 seconds, and then return to the queue.`;
  const others = needing.length === 0 ? 'No other plugin needs it.' : `These need it and wait: ${needing.join(', ')}.`;
  return `${waiting} and new ones will be parked until you enable it.${stopping}\n${others}`;
}
