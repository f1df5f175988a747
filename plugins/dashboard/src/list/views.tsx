// Saved views: filters of the list under a name that the whole team sees.
/** @jsxImportSource hono/jsx */
import { JobsError } from '@phraseworks/sdk';
import { address, type Query } from '../address.ts';
import { Menu } from '../parts.tsx';
import { shown } from '../text.ts';
import type { Asking, Visit } from '../visit.ts';
import type { ListQuery } from './filters.tsx';
import { LONGEST, TABLE, type View } from './views-table.ts';

const MOST = 50;

export const readViews = ({ db }: Pick<Asking, 'db'>): Promise<View[]> =>
  db.selectFrom(TABLE).selectAll().orderBy('name').execute();

/** Without the page that the reader is on. */
const queryOf = (list: ListQuery): string => address('', '', { ...list, cursor: undefined }).slice(1);

/** The list of a view. */
export const viewAddress = ({ to }: Pick<Visit, 'to'>, { query }: View): string =>
  to('/', Object.fromEntries(new URLSearchParams(query)));

/** Needs the right to operate. A view of the same name is replaced. */
export async function saveView({ db, actor }: Asking, list: ListQuery, given: string): Promise<Query> {
  await actor.require('operate', 'some');
  const name = given.replace(/\s+/g, ' ').trim().slice(0, LONGEST.name);
  const query = queryOf(list);
  const others = (await readViews({ db })).filter((view) => view.name !== name);
  if (name === '' || query.length > LONGEST.query || others.length >= MOST)
    throw new JobsError('INVALID_DATA', `A view needs a name, and there are at most ${MOST}.`);
  const insert = db.insertInto(TABLE).values({ name, query });
  await insert.onConflict((conflict) => conflict.column('name').doUpdateSet({ query })).execute();
  return { notice: 'view.save' };
}

export async function removeView({ db, actor }: Asking, name: string): Promise<Query> {
  await actor.require('operate', 'some');
  await db.deleteFrom(TABLE).where('name', '=', name).execute();
  return { notice: 'view.remove' };
}

export function SavedViews({ visit, list, views }: { visit: Visit; list: ListQuery; views: View[] }) {
  const { to, may } = visit;
  const query = queryOf(list);
  if (views.length === 0 && (query === '' || !may.operate)) return null;
  const here = views.find((view) => view.query === query);
  return (
    <Menu name="views" label="Views">
      {views.map((view) => (
        <a href={viewAddress(visit, view)} aria-current={view === here ? 'page' : undefined} data-key={view.name}>
          {shown(view.name)}
        </a>
      ))}
      {may.operate && here ? (
        <form method="post" action={to('/act/views', { ...list, step: 'remove', name: here.name })} data-step="remove">
          <button type="submit" class="danger">
            {`Remove ${shown(here.name)}`}
          </button>
        </form>
      ) : null}
      {may.operate && !here && query !== '' ? (
        <form method="post" action={to('/act/views', { ...list, step: 'save' })} class="short-form">
          <label class="whole">
            Save this list for everybody as
            <input name="name" required maxlength={LONGEST.name} autocomplete="off" />
          </label>
          <button type="submit">Save view</button>
        </form>
      ) : null}
    </Menu>
  );
}
