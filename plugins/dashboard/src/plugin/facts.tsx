// What a plugin runs and how it is doing, and its name.
/** @jsxImportSource hono/jsx */

import { formatDuration, type OfferedType, type PluginStatus } from '@phraseworks/sdk';
import { Facts, typeLinks } from '../parts.tsx';
import { number, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

export const titleOf = ({ title, name }: Pick<PluginStatus, 'title' | 'name'>): string => title ?? name;

/** Undefined for a plugin that only the configuration can disable. */
export function switchOf({ state, alwaysOn }: PluginStatus): 'enable' | 'disable' | undefined {
  if (state === 'off' || state === 'failed') return 'enable';
  return alwaysOn ? undefined : 'disable';
}

export const NameAndVersion = ({ plugin }: { plugin: PluginStatus }) => (
  <>
    {titleOf(plugin)} <small>{[plugin.title && plugin.name, plugin.version].filter(Boolean).join(' ')}</small>
  </>
);

/** `completed 1 day, failed 30 days, cancelled for ever`, of each type if they differ. */
export function keptText(types: readonly OfferedType[]): string | null {
  const timeOf = (ms: number | null): string => (ms === null ? 'for ever' : formatDuration(ms));
  const texts = types.map(({ retention }) =>
    Object.entries(retention)
      .map(([state, ms]) => `${state} ${timeOf(ms)}`)
      .join(', '),
  );
  if (new Set(texts).size < 2) return texts[0] ?? null;
  return types.map(({ type }, i) => `${type}: ${texts[i]}`).join('; ');
}

interface FactsProps {
  visit: Visit;
  plugin: PluginStatus;
  /** Its own. */
  types: readonly OfferedType[];
}

export function PluginFacts({ visit, plugin, types: kept }: FactsProps) {
  const { to, now } = visit;
  const { types, schedules, parkedJobs, health, reason, state, since } = plugin;
  const { hookErrors, lastError } = health;
  return (
    <Facts
      rows={[
        ['Types', typeLinks(visit, types)],
        ['Schedules', schedules.length === 0 ? null : <a href={to('/schedules')}>{schedules.join(', ')}</a>],
        ['Finished jobs are kept', keptText(kept)],
        ['Parked jobs', parkedJobs === 0 ? null : <a href={to('/', { status: 'parked' })}>{number(parkedJobs)}</a>],
        ['Hook errors', hookErrors === 0 ? null : number(hookErrors)],
        ['Last error', lastError === null || reason?.startsWith(lastError) ? null : shown(lastError)],
        [
          state === 'on' ? 'Running since' : state === 'off' ? 'Disabled since' : 'Since',
          <When at={since} now={now} />,
        ],
      ]}
    />
  );
}
