// The navigation with the pages of plugins, a side bar or a menu; the search box; the links between the pages of a list.
/** @jsxImportSource hono/jsx */
import type { Child } from 'hono/jsx';
import { panelPath, type Query } from './address.ts';
import { Icon, type IconName } from './icons.tsx';
import { readListQuery } from './list/filters.tsx';
import { Facts, Hidden } from './parts.tsx';
import { labelOf, shown } from './text.ts';
import { API_DOCS, type Visit } from './visit.ts';

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
        <Hidden fields={{ ...list, q: undefined }} />
        <Icon name="search" />
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
          <Icon name="help" />
        </button>
      </form>
      <div id="search-help" popover="auto" class="help">
        <p>All words must match. Double quotes keep words together.</p>
        <Facts rows={SEARCH_HELP.map(([word, about]) => [<code>{word}</code>, about])} />
      </div>
    </search>
  );
}

export function Navigation({ visit, children }: { visit: Visit; children: Child }) {
  const { to, path, user, hasDocs } = visit;
  return (
    <>
      {/* A popover needs no script; on a wide screen the stylesheet shows it in its place. */}
      <button type="button" class="quiet sections" popovertarget="sections" aria-label="Menu">
        <Icon name="menu" />
      </button>
      <nav id="sections" popover="auto" aria-label="Main">
        <ul>
          <li>
            <a href={to('/search')} aria-current={isHere('/search', path)} data-search>
              <Icon name="search" />
              Go to <kbd class="scripted">Ctrl K</kbd>
            </a>
          </li>
          {sections(visit).map(({ label, at, icon }) => (
            <li>
              <a href={to(at)} aria-current={isHere(at, path)}>
                <Icon name={icon} />
                {label}
              </a>
              {at === '/plugins' ? <PluginPages visit={visit} /> : null}
            </li>
          ))}
        </ul>
        <div class="own">
          {children}
          {hasDocs ? <a href={to(API_DOCS)}>HTTP API</a> : null}
          {user === undefined ? null : <span class="user">{`Signed in: ${shown(user, LONGEST_USER)}`}</span>}
        </div>
      </nav>
    </>
  );
}

const LONGEST_USER = 100;

/** A plugin with one page is a link, one with several opens. */
function PluginPages({ visit: { to, path, panels } }: { visit: Visit }) {
  if (panels.length === 0) return null;
  const names = [...new Set(panels.map(({ plugin }) => plugin))];
  return (
    <ul class="below">
      {names.map((name) => {
        const links = panels
          .filter(({ plugin }) => plugin === name)
          .map(({ plugin, id, title }) => (
            <a href={to(panelPath(plugin, id))} aria-current={isHere(panelPath(plugin, id), path)}>
              {title}
            </a>
          ));
        if (links.length === 1) return <li>{links}</li>;
        return (
          <li>
            <details id={`pages-${name}`} open={path.startsWith(panelPath(name, ''))}>
              <summary>
                {labelOf(name)}
                <Icon name="down" />
              </summary>
              <ul class="below">
                {links.map((link) => (
                  <li>{link}</li>
                ))}
              </ul>
            </details>
          </li>
        );
      })}
    </ul>
  );
}

interface Section {
  label: string;
  at: string;
  icon: IconName;
}

/** The pages of the dashboard itself. */
export const sections = ({ may, hasBatches }: Visit): Section[] => [
  { label: 'Jobs', at: '/', icon: 'jobs' },
  ...(hasBatches ? [{ label: 'Batches', at: '/batches', icon: 'batches' } as const] : []),
  { label: 'Schedules', at: '/schedules', icon: 'schedules' },
  { label: 'Limits', at: '/limits', icon: 'limits' },
  { label: 'Metrics', at: '/figures', icon: 'metrics' },
  { label: 'Workers', at: '/nodes', icon: 'workers' },
  { label: 'Plugins', at: '/plugins', icon: 'plugins' },
  ...(may.administer ? [{ label: 'Log', at: '/log', icon: 'log' } as const] : []),
];

/** Prefixes of the pages that belong to a section. */
const INSIDE: Record<string, string> = {
  '/': '/job/',
  '/batches': '/batch/',
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

/** A page's cursor comes before those of the pages before it, so that each leads back. */
const BETWEEN = '~';
const MOST_BACK = 50;

const cursorsIn = ({ cursor = '' }: Visit['query']): string[] => (cursor === '' ? [] : cursor.split(BETWEEN));

/** Where the page of a list begins; undefined: at its start. */
export const cursorOf = ({ query }: Visit): string | undefined => cursorsIn(query)[0];

/** The addresses of the pages around this one, for `Pager`; `further`: the cursor of what follows; `same`: what stays, beside what the address says. */
export function pagesAround({ at, query }: Visit, further: string | null, same: Query = {}) {
  const before = cursorsIn(query);
  const page = (cursors: readonly string[]) => at({ ...same, cursor: cursors.slice(0, MOST_BACK).join(BETWEEN) });
  return {
    first: before.length === 0 ? undefined : page([]),
    previous: before.length === 0 ? undefined : page(before.slice(1)),
    next: further === null ? undefined : page([further, ...before]),
  };
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
