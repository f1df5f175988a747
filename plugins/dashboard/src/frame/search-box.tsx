// The one search box: on the list it keeps the other filters, elsewhere it looks through all jobs.
/** @jsxImportSource hono/jsx */
import { queryOf, readListQuery } from '../list/query.ts';
import type { Visit } from '../visit.ts';

const SEARCH_HELP = [
  ['ada', 'ID, type, data or error contains this'],
  ['type:email', 'jobs of this type'],
  ['plugin:image', 'jobs of this plugin'],
  ['data.to:ada', 'field in data contains this'],
  ['error:"timed out"', 'error contains this'],
  ['id:01a2', 'ID contains this'],
] as [string, string][];

const LONGEST_SEARCH = 200;

export function SearchBox({ visit: { to, path, query } }: { visit: Visit }) {
  const list = readListQuery(path === '/' ? query : {});
  const kept = Object.entries(queryOf({ ...list, q: undefined, cursor: undefined }));
  return (
    <search>
      <form method="get" action={to('/')}>
        {kept.map(([name, value]) =>
          value === undefined ? null : <input type="hidden" name={name} value={value} data-key={`kept-${name}`} />,
        )}
        <input
          type="search"
          name="q"
          id="search"
          value={list.q ?? ''}
          maxlength={LONGEST_SEARCH}
          placeholder="Search jobs"
          aria-label="Search jobs by ID, type, plugin, data or error"
          aria-keyshortcuts="/"
          autocomplete="off"
          spellcheck={false}
        />
        <button type="button" class="quiet" popovertarget="search-help" aria-label="Search help">
          ?
        </button>
        <button type="submit" class="hidden">
          Search
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
