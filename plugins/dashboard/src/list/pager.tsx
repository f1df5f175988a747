// The way to older jobs and back to the newest; says when one answer has not looked at all of them.
/** @jsxImportSource hono/jsx */
import type { JobPage } from '../api.ts';
import type { Visit } from '../visit.ts';
import { type ListQuery, queryOf } from './query.ts';

export function Pager({ visit: { to, words }, list, page }: { visit: Visit; list: ListQuery; page: JobPage }) {
  const say = words.list;
  const { nextCursor, capped } = page;
  const older = nextCursor === null ? null : to('/', queryOf({ ...list, cursor: nextCursor }));
  const newest = list.cursor === undefined ? null : to('/', queryOf({ ...list, cursor: undefined }));
  if (older === null && newest === null) return null;
  return (
    <nav class="pager" aria-label={say.pages}>
      {capped ? <span class="faint">{say.capped}</span> : null}
      {newest === null ? null : <a href={newest}>{say.newestPage}</a>}
      {older === null ? null : (
        <a href={older} rel="next">
          {capped ? say.searchOlder : say.older}
        </a>
      )}
    </nav>
  );
}
