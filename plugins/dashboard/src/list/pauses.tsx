// Paused types and lanes: which, by whom, how much waits for them, and the way back; and the form that pauses one.
/** @jsxImportSource hono/jsx */
import type { PauseEntry } from '../api.ts';
import { shown } from '../job/shown.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { type ListQuery, queryOf } from './query.ts';

const LONGEST_USER = 100;

interface NoticesProps {
  visit: Visit;
  list: ListQuery;
  pauses: readonly PauseEntry[];
}

export function PauseNotices({ visit, list, pauses }: NoticesProps) {
  if (pauses.length === 0) return null;
  return (
    <ul class="pauses" aria-label={visit.words.list.pauses}>
      {pauses.map((pause) => (
        <PauseNotice visit={visit} list={list} pause={pause} />
      ))}
    </ul>
  );
}

function PauseNotice({ visit, list, pause }: { visit: Visit; list: ListQuery; pause: PauseEntry }) {
  const { to, now, may, words } = visit;
  const { kind, name, since, by, jobs } = pause;
  const say = words.list;
  return (
    <li data-key={`${kind}:${name}`}>
      <p>
        <b>{kind === 'type' ? say.pausedType(name) : say.pausedLane(name)}</b>{' '}
        <span class="faint">
          {say.waitingJobs(jobs)}. {say.pausedAt} <When at={since} now={now} />
          {by === null ? null : ` ${say.pausedBy(shown(by, LONGEST_USER))}`}
        </span>
      </p>
      {may.operate ? (
        <form
          method="post"
          action={to('/act/pauses', { ...queryOf(list), step: 'resume', what: `${kind}:${name}` })}
          data-quick
        >
          <button type="submit">{say.resume}</button>
        </form>
      ) : null}
    </li>
  );
}

interface PauseFormProps extends NoticesProps {
  types: readonly string[];
  lanes: readonly string[];
}

/** Offers the types and lanes that are not paused yet. */
export function PauseForm({ visit: { to, words, may }, list, types, lanes, pauses }: PauseFormProps) {
  if (!may.operate) return null;
  const say = words.list;
  const paused = new Set(pauses.map(({ kind, name }) => `${kind}:${name}`));
  const options = (kind: 'type' | 'lane', names: readonly string[]) =>
    [...names]
      .sort()
      .filter((name) => !paused.has(`${kind}:${name}`))
      .map((name) => (
        <option value={`${kind}:${name}`} selected={kind === 'type' && name === list.type}>
          {name}
        </option>
      ));
  const [ofTypes, ofLanes] = [options('type', types), options('lane', lanes)];
  if (ofTypes.length + ofLanes.length === 0) return null;
  return (
    <form method="post" action={to('/act/pauses', { ...queryOf(list), step: 'pause' })} class="pause-form">
      <label>
        {say.pauseTitle}
        <select name="what">
          <optgroup label={say.types}>{ofTypes}</optgroup>
          <optgroup label={say.lanes}>{ofLanes}</optgroup>
        </select>
      </label>
      <button type="submit">{say.pause}</button>
      <label class="check">
        <input type="checkbox" name="schedules" value="on" checked /> {say.schedulesToo}
      </label>
      <p class="faint">{say.pauseAbout}</p>
    </form>
  );
}
