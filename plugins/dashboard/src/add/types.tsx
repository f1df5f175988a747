// Which types of jobs can be added, by plugin.
/** @jsxImportSource hono/jsx */
import type { PluginEntry, TypeEntry } from '../api.ts';
import { titleOf } from '../plugin/effects.ts';
import { StateMark } from '../state.tsx';
import type { Visit } from '../visit.ts';

interface TypesProps {
  visit: Visit;
  types: readonly TypeEntry[];
  plugins: readonly PluginEntry[];
}

export function Types({ visit, types, plugins }: TypesProps) {
  if (types.length === 0) {
    return (
      <div class="empty">
        <p>No job types available. Enable a plugin first.</p>
      </div>
    );
  }
  return (
    <div class="types">
      {byPlugin(types).map(([plugin, own]) => (
        <section>
          <Heading plugin={plugins.find(({ name }) => name === plugin)} otherwise={plugin ?? 'Application'} />
          <ul>
            {own.map(({ type, state }) => (
              <li>
                <a href={visit.to('/add', { type })}>{type}</a>{' '}
                {state === 'parked' ? <StateMark state="parked" /> : null}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Heading({ plugin, otherwise }: { plugin: PluginEntry | undefined; otherwise: string }) {
  return (
    <>
      <h2>{plugin ? titleOf(plugin) : otherwise}</h2>
      {plugin?.description ? <p>{plugin.description}</p> : null}
    </>
  );
}

function byPlugin(types: readonly TypeEntry[]): [string | null, TypeEntry[]][] {
  const groups = new Map<string | null, TypeEntry[]>();
  for (const type of types) groups.set(type.plugin, [...(groups.get(type.plugin) ?? []), type]);
  return [...groups].sort(([a], [b]) => (a ?? '~').localeCompare(b ?? '~', 'en'));
}
