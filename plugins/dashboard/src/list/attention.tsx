// What needs a person, summed up above the list: failures by type and cause, retries, parked jobs by their reason.
/** @jsxImportSource hono/jsx */

import { jobPath } from '../address.ts';
import { msOf, relative, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import type { Kind, Trouble } from './troubles.ts';

/** Kinds that are named. */
const NAMED = 5;

export function Attention({ visit, troubles }: { visit: Visit; troubles: readonly Trouble[] }) {
  if (troubles.length === 0) return null;
  const say = visit.words.list;
  return (
    <section class="attention" aria-label={say.needsAttention}>
      {troubles.map(({ state, title, query, kinds, countedIn }) => (
        <div class={state} data-key={state}>
          <h2>{query === undefined ? title : <a href={visit.to('/', query)}>{title}</a>}</h2>
          {kinds.length === 0 ? null : (
            <ul>
              {kinds.slice(0, NAMED).map((kind) => (
                <KindLine visit={visit} kind={kind} />
              ))}
              {kinds.length > NAMED ? <li class="faint">{say.moreKinds(kinds.length - NAMED)}</li> : null}
              {countedIn === undefined ? null : <li class="faint">{say.countedIn(countedIn)}</li>}
            </ul>
          )}
        </div>
      ))}
    </section>
  );
}

function KindLine({ visit: { to, now, words }, kind }: { visit: Visit; kind: Kind }) {
  const { text, type, query, jobs, newest } = kind;
  return (
    <li>
      <b>{type}</b> {query === undefined ? text : <a href={to('/', query)}>{text}</a>}{' '}
      {jobs > 1 ? <span class="count">{`(${jobs.toLocaleString('en')})`}</span> : null}{' '}
      <span class="faint">
        <a href={to(jobPath(newest.id))}>{words.list.newest}</a> <When at={newest.at} now={now} />
        {newest.due === null ? null : `, ${words.list.nextTry(relative(msOf(newest.due), now))}`}
      </span>
    </li>
  );
}
