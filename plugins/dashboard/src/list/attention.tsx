// What needs a person, summed up above the list: failures by type and cause, retries, parked jobs by their reason.
/** @jsxImportSource hono/jsx */

import { jobPath } from '../address.ts';
import { msOf, relative, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { number } from '../wording.ts';
import type { Kind, Trouble } from './troubles.ts';

/** Kinds that are named. */
const NAMED = 5;

export function Attention({ visit, troubles }: { visit: Visit; troubles: readonly Trouble[] }) {
  if (troubles.length === 0) return null;
  return (
    <section class="attention" aria-label="Needs attention">
      {troubles.map(({ state, title, query, kinds, countedIn }) => (
        <div class={state} data-key={state}>
          <h2>{query === undefined ? title : <a href={visit.to('/', query)}>{title}</a>}</h2>
          {kinds.length === 0 ? null : (
            <ul>
              {kinds.slice(0, NAMED).map((kind) => (
                <KindLine visit={visit} kind={kind} />
              ))}
              {kinds.length > NAMED ? (
                <li class="faint">
                  {query === undefined ? null : <a href={visit.to('/', query)}>Show {kinds.length - NAMED} more</a>}
                </li>
              ) : null}
              {countedIn === undefined ? null : <li class="faint">{`based on the latest ${number(countedIn)}`}</li>}
            </ul>
          )}
        </div>
      ))}
    </section>
  );
}

function KindLine({ visit: { to, now }, kind }: { visit: Visit; kind: Kind }) {
  const { text, type, query, jobs, newest } = kind;
  return (
    <li>
      <b>{type}</b> {query === undefined ? text : <a href={to('/', query)}>{text}</a>}{' '}
      {jobs > 1 ? <span class="count">{`(${number(jobs)})`}</span> : null}{' '}
      <span class="faint">
        <a href={to(jobPath(newest.id))}>last:</a> <When at={newest.at} now={now} />
        {newest.due === null ? null : `, retries ${relative(msOf(newest.due), now)}`}
      </span>
    </li>
  );
}
