// Saved views: filters of the list under a name that the whole team sees.
import { JobsError } from '@phraseworks/sdk';
import { address } from '../address.ts';
import type { Asking } from '../visit.ts';
import { type ListQuery, readListQuery } from './filters.tsx';
import { LONGEST, TABLE, type View } from './views-table.ts';

const MOST = 50;

export const queryOf = (list: ListQuery): string => address('', '', list).slice(1);

export const readViews = ({ db }: Asking): Promise<View[]> =>
  db.selectFrom(TABLE).selectAll().orderBy('name').execute();

/** Needs the right to operate. A view of the same name is replaced. */
export async function saveView(asking: Asking, filters: string, given: string): Promise<void> {
  const { db, actor } = asking;
  await actor.require('operate', 'some');
  const name = given.replace(/\s+/g, ' ').trim().slice(0, LONGEST.name);
  const query = queryOf(readListQuery(Object.fromEntries(new URLSearchParams(filters))));
  const others = (await readViews(asking)).filter((view) => view.name !== name);
  if (name === '' || query.length > LONGEST.query || others.length >= MOST)
    throw new JobsError('INVALID_DATA', `A view needs a name, and there are at most ${MOST}.`);
  const insert = db.insertInto(TABLE).values({ name, query });
  await insert.onConflict((conflict) => conflict.column('name').doUpdateSet({ query })).execute();
}

export async function removeView({ db, actor }: Asking, name: string): Promise<void> {
  await actor.require('operate', 'some');
  await db.deleteFrom(TABLE).where('name', '=', name).execute();
}
