// The navigation with the pages of plugins, a menu on a narrow screen; the search box; the links between the pages of a list.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { panelPath } from './address.ts';
import { readListQuery } from './list/filters.tsx';
import { Hidden } from './parts.tsx';
import type { Visit } from './visit.ts';

const SEARCH_HELP = [
  ['ada', 'ID, type, data or error contains this'],
  ['status:failed', 'jobs in this state, such as ready or delayed'],
  ['type:email', 'jobs of this type'],
  ['plugin:image', 'jobs of this plugin'],
  ['data.to:ada', 'field in data contains this'],
  ['error:"timed out"', 'error contains this'],
  ['id:01a2', 'ID contains this'],
] as [string, string][];

const LONGEST_SEARCH = 200;

export function SearchBox({ visit: { to, path, query } }: { visit: Visit }) {
  const list = readListQuery(path === '/' ? query : {});
  return (
    <search>
      <form method="get" action={to('/')}>
        <Hidden fields={{ ...list, q: undefined, cursor: undefined }} />
        <input
          type="search"
          name="q"
          id="search"
          value={list.q ?? ''}
          maxlength={LONGEST_SEARCH}
          placeholder="Search jobs"
          aria-label="Search jobs by ID, type, plugin, data or error"
          list="suggestions"
          autocomplete="off"
          spellcheck={false}
        />
        <button type="button" class="quiet" popovertarget="search-help" aria-label="Search help">
          ?
        </button>
      </form>
      <div id="search-help" popover="auto" class="help">
        <p>All words must match. Double quotes keep words together.</p>
        <dl>
          {SEARCH_HELP.map(([word, about]) => (
            <div>
              <dt>
                <code>{word}</code>
              </dt>
              <dd>{about}</dd>
            </div>
          ))}
        </dl>
      </div>
    </search>
  );
}

export function Navigation({ visit }: { visit: Visit }) {
  const { to, path, panels, may } = visit;
  const here = panels.find(({ plugin, id }) => panelPath(plugin, id) === path);
  return (
    <>
      {/* A popover needs no script; on a wide screen the stylesheet shows it inline. */}
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
                <ul class="drop">
                  {panels.map(({ plugin, id, title }) => (
                    <li>
                      <a href={to(panelPath(plugin, id))} aria-current={isHere(panelPath(plugin, id), path)}>
                        {title}
                      </a>
                    </li>
                  ))}
                </ul>
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

/** The pages of the dashboard itself. */
export const sections = ({ may }: Visit): { label: string; at: string }[] => [
  { label: 'Jobs', at: '/' },
  { label: 'Schedules', at: '/schedules' },
  { label: 'Plugins', at: '/plugins' },
  { label: 'Limits', at: '/limits' },
  { label: 'Metrics', at: '/figures' },
  { label: 'Nodes', at: '/nodes' },
  ...(may.administer ? [{ label: 'Log', at: '/log' }] : []),
];

/** Prefixes of the pages that belong to a section. */
const INSIDE: Record<string, string> = {
  '/': '/job/',
  '/plugins': '/plugin/',
  '/figures': '/types/',
  '/schedules': '/schedule',
};

/** `true`: on a subpage of the section. */
function isHere(section: string, path: string): 'page' | 'true' | undefined {
  if (section === path) return 'page';
  const inside = INSIDE[section];
  return inside !== undefined && path.startsWith(inside) ? 'true' : undefined;
}

interface PagerProps {
  /** Addresses. */
  first?: string | undefined;
  previous?: string | undefined;
  next?: string | undefined;
  nextLabel?: string | undefined;
  held?: boolean;
  children?: Child;
}

/** Renders nothing for a single page. */
export function Pager({ first, previous, next, nextLabel = 'Next page', held = false, children }: PagerProps) {
  if (first === undefined && previous === undefined && next === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages" data-held={held ? '' : undefined}>
      {first === undefined ? null : <a href={first}>First page</a>}
      {previous === undefined ? null : (
        <a href={previous} rel="prev">
          Previous page
        </a>
      )}
      {children}
      {next === undefined ? null : (
        <a href={next} rel="next">
          {nextLabel}
        </a>
      )}
    </nav>
  );
}
