// The sections, and the pages of plugins under their plugin. On a narrow screen all of it is a menu.
/** @jsxImportSource hono/jsx */
import { panelPath } from '../address.ts';
import type { PanelEntry } from '../api.ts';
import type { Visit } from '../visit.ts';

export function Navigation({ visit }: { visit: Visit }) {
  const { to, path, panels, may } = visit;
  const here = panels.find(({ plugin, id }) => panelPath(plugin, id) === path);
  return (
    <>
      {/* A popover needs no script; on a wide screen the stylesheet shows it in its place. */}
      <button type="button" class="menu" popovertarget="sections">
        Menu
      </button>
      <nav id="sections" popover="auto" aria-label="Main">
        <ul class="tabs">
          {sections(visit).map(({ label, at }) => (
            <li>
              <a href={to(at)} aria-current={isHere(at, path)}>
                {label}
              </a>
            </li>
          ))}
          {panels.length === 0 ? null : (
            <li>
              <details class="more">
                <summary aria-current={here ? 'true' : undefined}>{here?.title ?? 'Plugin pages'}</summary>
                <Panels visit={visit} />
              </details>
            </li>
          )}
        </ul>
        {may.add ? (
          <a class="add button" href={to('/add')} aria-current={isHere('/add', path)}>
            Add a job
          </a>
        ) : null}
      </nav>
    </>
  );
}

function Panels({ visit: { to, path, panels } }: { visit: Visit }) {
  return (
    <div class="drop">
      {byPlugin(panels).map(([plugin, own]) => (
        <section>
          <h2>{plugin}</h2>
          <ul>
            {own.map(({ id, title }) => (
              <li>
                <a href={to(panelPath(plugin, id))} aria-current={isHere(panelPath(plugin, id), path)}>
                  {title}
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** In the order in which the plugins began. */
function byPlugin(panels: readonly PanelEntry[]): [string, PanelEntry[]][] {
  const groups = new Map<string, PanelEntry[]>();
  for (const panel of panels) groups.set(panel.plugin, [...(groups.get(panel.plugin) ?? []), panel]);
  return [...groups];
}

const sections = ({ may }: Visit): { label: string; at: string }[] => [
  { label: 'Jobs', at: '/' },
  { label: 'Schedules', at: '/schedules' },
  { label: 'Plugins', at: '/plugins' },
  { label: 'Metrics', at: '/figures' },
  { label: 'Nodes', at: '/nodes' },
  ...(may.administer ? [{ label: 'Log', at: '/log' }] : []),
];

/** Pages that belong to a section, at an address of their own. */
const INSIDE: Record<string, string> = { '/': '/job/', '/plugins': '/plugin/', '/schedules': '/schedule/' };

/** `true`: inside a section, on a page that the section does not link to. */
function isHere(section: string, path: string): 'page' | 'true' | undefined {
  if (section === path) return 'page';
  const inside = INSIDE[section];
  return inside !== undefined && path.startsWith(inside) ? 'true' : undefined;
}
