// Notices of paused types and plugins with a button that resumes them, and the form that pauses one.
/** @jsxImportSource hono/jsx */
import type { PauseInfo } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { Icon } from '../icons.tsx';
import { Confirm } from '../parts.tsx';
import { count, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const LONGEST_USER = 100;
/** The type of bulk jobs, which has no reason to be paused. */
export const BULK_TYPE = 'jobs.bulk';

interface NoticesProps {
  visit: Visit;
  pauses: readonly PauseInfo[];
}

export function PauseNotices({ visit, pauses }: NoticesProps) {
  if (pauses.length === 0) return null;
  const { now } = visit;
  return (
    <ul class="pauses" aria-label="Paused">
      {pauses.map(({ kind, name, since, by, jobs, until, reason }) => (
        <li data-key={`${kind}:${name}`}>
          <p>
            <b>{`${kind === 'plugin' ? 'The plugin ' : ''}${name} is paused${reason === null ? '.' : `: ${shown(reason)}`}`}</b>{' '}
            <span class="faint">
              {jobs === 0 ? 'No jobs waiting' : `${count(jobs, 'job')} waiting`}. Paused <When at={since} now={now} />
              {by === null ? null : ` by ${shown(by, LONGEST_USER)}`}
              {until === null ? null : (
                <>
                  , resumes <When at={until} now={now} due />
                </>
              )}
            </span>
          </p>
          <ActButton visit={visit} label="Resume" on={{ kind: 'pause', name: `${kind}:${name}`, step: 'resume' }} />
        </li>
      ))}
    </ul>
  );
}

const DURATIONS = [
  ['900000', '15 minutes'],
  ['3600000', '1 hour'],
  ['14400000', '4 hours'],
  ['86400000', '1 day'],
  ['604800000', '7 days'],
  ['', 'Until resumed'],
] as const;

/** Those of a type and its plugin. */
export async function pausesOf(
  { pauses, actor }: Visit,
  { type, plugin }: { type: string; plugin: string | null },
): Promise<PauseInfo[]> {
  const all = await pauses.list(actor);
  return all.filter(({ kind, name }) => name === (kind === 'type' ? type : plugin));
}

interface PauseBoxProps extends NoticesProps {
  kind: 'type' | 'plugin';
  name: string;
}

/** Pauses one type or plugin, unless it is paused. */
export function PauseBox({ visit: { to, may, here }, kind, name, pauses }: PauseBoxProps) {
  const isPaused = pauses.some((pause) => pause.kind === kind && pause.name === name);
  if (!may.operate || isPaused || name === BULK_TYPE) return null;
  const on = { kind: 'pause', name: `${kind}:${name}`, step: 'begin' };
  return (
    <Confirm
      name={`pause-${on.name}`}
      label={
        <>
          <Icon name="pause" />
          {`Pause ${shown(name)}`}
        </>
      }
    >
      <form method="post" action={to('/act', { ...on, back: here })} class="short-form">
        <label class="whole">
          Reason
          <input name="reason" maxlength={500} autocomplete="off" placeholder="Shown to everybody" />
        </label>
        <p class="faint">
          Running jobs finish; waiting and new jobs are parked, and runs of its schedules are skipped, until it is
          resumed.
        </p>
        <fieldset class="whole buttons">
          <legend>Pause for</legend>
          {DURATIONS.map(([ms, label]) => (
            <button type="submit" name="duration" value={ms}>
              {label}
            </button>
          ))}
        </fieldset>
      </form>
    </Confirm>
  );
}
