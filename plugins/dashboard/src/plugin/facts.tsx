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
    {titleOf(plugin)}{' '}
    <small>
      {[plugin.title === null ? '' : plugin.name, plugin.version ?? ''].filter((part) => part !== '').join(' ')}
    </small>
  </>
);

/** `completed 1 day, failed 30 days, cancelled for ever`, of each type if they differ. */
export function keptText(types: readonly OfferedType[]): string | null {
  const texts = types.map(({ type, retention }) => {
    const times = Object.entries(retention);
    return [
      type,
      times.map(([state, ms]) => `${state} ${ms === null ? 'for ever' : formatDuration(ms)}`).join(', '),
    ] as const;
  });
  const [first] = texts;
  if (!first || texts.every(([, text]) => text === first[1])) return first?.[1] ?? null;
  return texts.map(([type, text]) => `${type}: ${text}`).join('; ');
}

interface FactsProps {
  visit: Visit;
  plugin: PluginStatus;
  /** Its types, if it shows how long their jobs are kept. */
  types?: readonly OfferedType[];
}

export function PluginFacts({ visit, plugin, types: kept = [] }: FactsProps) {
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
        ['Last error', lastError === reason || lastError === null ? null : shown(lastError)],
        [
          state === 'on' ? 'Running since' : state === 'off' ? 'Disabled since' : 'Since',
          <When at={since} now={now} />,
        ],
      ]}
    />
  );
}
