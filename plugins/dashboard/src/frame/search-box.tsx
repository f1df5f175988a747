// The one search box: on the list it keeps the other filters, elsewhere it looks through all jobs.
/** @jsxImportSource hono/jsx */
import { queryOf, readListQuery } from '../list/query.ts';
import type { Visit } from '../visit.ts';

const LONGEST_SEARCH = 200;

export function SearchBox({ visit: { to, path, query, words } }: { visit: Visit }) {
  const { frame } = words;
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
          placeholder={frame.searchPlaceholder}
          aria-label={frame.searchLabel}
          aria-keyshortcuts="/"
          autocomplete="off"
          spellcheck={false}
        />
        <button type="button" class="quiet" popovertarget="search-help" aria-label={frame.searchHelp}>
          ?
        </button>
        <button type="submit" class="hidden">
          {frame.search}
        </button>
      </form>
      <div id="search-help" popover="auto" class="help">
        <p>{frame.searchHelpLead}</p>
        <dl>
          {frame.searchWords.map(([word, about]) => (
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
