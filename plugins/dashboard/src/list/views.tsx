// The menu of saved views.
/** @jsxImportSource hono/jsx */
import { ActButton } from '../act.tsx';
import { Menu } from '../parts.tsx';
import { shown } from '../text.ts';
import type { Visit } from '../visit.ts';
import type { OnList } from './filters.tsx';
import { queryOf } from './saved-views.ts';
import { LONGEST, type View } from './views-table.ts';

/** The list of a view. */
export const viewAddress = ({ to }: Visit, { query }: View): string =>
  to('/', Object.fromEntries(new URLSearchParams(query)));

export function SavedViews({ visit, list, views }: OnList & { views: View[] }) {
  const { to, may } = visit;
  const query = queryOf(list);
  if (views.length === 0 && (query === '' || !may.operate)) return null;
  const here = views.find((view) => view.query === query);
  const save = { kind: 'view', step: 'save', name: query, back: visit.here };
  return (
    <Menu name="views" label="Views">
      {views.map((view) => (
        <a href={viewAddress(visit, view)} aria-current={view === here ? 'page' : undefined} data-key={view.name}>
          {shown(view.name)}
        </a>
      ))}
      {here ? (
        <ActButton
          visit={visit}
          label={`Remove ${shown(here.name)}`}
          on={{ kind: 'view', name: here.name, step: 'remove' }}
        />
      ) : null}
      {may.operate && !here && query !== '' ? (
        <form method="post" action={to('/act', save)} class="short-form">
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
