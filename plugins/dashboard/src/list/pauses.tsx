// Notices of paused types and lanes with a button that resumes them, and the form that pauses one.
/** @jsxImportSource hono/jsx */
import type { PauseInfo } from '@phraseworks/sdk/client';
import { count, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { type ListQuery, queryOf } from './filters.tsx';

const LONGEST_USER = 100;

interface NoticesProps {
  visit: Visit;
  list: ListQuery;
  pauses: readonly PauseInfo[];
}

export function PauseNotices({ visit, list, pauses }: NoticesProps) {
  if (pauses.length === 0) return null;
  return (
    <ul class="pauses" aria-label="Paused">
      {pauses.map((pause) => (
        <PauseNotice visit={visit} list={list} pause={pause} />
      ))}
    </ul>
  );
}

function PauseNotice({ visit, list, pause }: { visit: Visit; list: ListQuery; pause: PauseInfo }) {
  const { to, now, may } = visit;
  const { kind, name, since, by, jobs } = pause;
  return (
    <li data-key={`${kind}:${name}`}>
      <p>
        <b>{`${kind === 'lane' ? 'Queue ' : ''}${name} is paused.`}</b>{' '}
        <span class="faint">
          {jobs === 0 ? 'No jobs waiting' : `${count(jobs, 'job')} waiting`}. Paused <When at={since} now={now} />
          {by === null ? null : ` by ${shown(by, LONGEST_USER)}`}
        </span>
      </p>
      {may.operate ? (
        <form method="post" action={to('/act/pauses', { ...queryOf(list), step: 'resume', what: `${kind}:${name}` })}>
          <button type="submit">Resume</button>
        </form>
      ) : null}
    </li>
  );
}

interface PauseFormProps extends NoticesProps {
  types: readonly string[];
  lanes: readonly string[];
}

export function PauseForm({ visit: { to, may }, list, types, lanes, pauses }: PauseFormProps) {
  if (!may.operate) return null;
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
        Pause a job type or queue
        <select name="what">
          <optgroup label="Types">{ofTypes}</optgroup>
          <optgroup label="Queues">{ofLanes}</optgroup>
        </select>
      </label>
      <button type="submit">Pause</button>
      <label class="check">
        <input type="checkbox" name="schedules" value="on" checked /> Also pause its schedules
      </label>
      <p class="faint">Running jobs finish; waiting and new jobs are held until you resume.</p>
    </form>
  );
}
