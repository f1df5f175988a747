// The list without rows: because there are none yet, or because none fits.
/** @jsxImportSource hono/jsx */
import type { JobPage } from '../api.ts';
import type { Visit } from '../visit.ts';
import { isFiltered, type ListQuery } from './query.ts';

export function Empty({ visit, list, page }: { visit: Visit; list: ListQuery; page: JobPage }) {
  const { to, words, may } = visit;
  const say = words.list;
  const filtered = list.cursor !== undefined || isFiltered(list);
  return (
    <div class="empty">
      <p>{filtered ? (page.nextCursor === null ? say.noneFits : say.noneFitsYet) : say.noneYet}</p>
      {filtered ? (
        <p>
          <a href={to('/')}>{say.allJobs}</a>
        </p>
      ) : (
        <>
          <p>{say.howToAdd}</p>
          {may.add ? (
            <p>
              <a class="button" href={to('/add')}>
                {say.addOne}
              </a>
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}
