// Why a waiting or parked job is not running, and the buttons that help.
/** @jsxImportSource hono/jsx */

import type { Job, PauseInfo } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import { PauseNotices } from '../list/pauses.tsx';
import { Readable } from '../parts.tsx';
import { isOver, shownState } from '../state.tsx';
import { capital, shown } from '../text.ts';
import type { Visit } from '../visit.ts';

interface WhyBoxProps {
  visit: Visit;
  job: Job;
  why: string;
  /** Pauses of its type and plugin. */
  pauses: readonly PauseInfo[];
}

export function WhyBox({ visit, job, why, pauses }: WhyBoxProps) {
  // The mark beside the title says the state already, and the notices who paused it.
  const text =
    job.reason === 'paused' && pauses.length > 0 ? '' : why.replace(new RegExp(`^${job.status}[.:] ?`, 'i'), '');
  if (isOver(job.status) && text === '') return null;
  const line = (
    <p class="why">
      <Readable visit={visit} text={capital(shown(text))} />{' '}
      {/ the limit "/.test(why) && job.status !== 'processing' ? <a href={visit.to('/limits')}>View limits</a> : null}
    </p>
  );
  if (isOver(job.status) || job.status === 'processing') return line;
  return (
    <section class={`why-box ${job.status}`} aria-label="Why it is not running">
      {line}
      <PauseNotices visit={visit} pauses={pauses} />
      <WayOut visit={visit} job={job} paused={pauses.length > 0} />
    </section>
  );
}

function WayOut({ visit, job, paused }: { visit: Visit; job: Job; paused: boolean }): Child {
  const { may, now, to } = visit;
  const { id, reason, plugin } = job;
  if (!paused && shownState(job, now) === 'delayed')
    return <ActButton visit={visit} label="Run now" icon="run" on={{ kind: 'job', name: id, step: 'run' }} primary />;
  if ((reason === 'plugin_disabled' || reason === 'plugin_failed') && plugin !== null) {
    if (!may.administer) return <p>{`An administrator can enable ${plugin}.`}</p>;
    const on = { kind: 'plugin', name: plugin, step: 'enable' } as const;
    return (
      <ActButton
        visit={visit}
        label={reason === 'plugin_failed' ? `Try ${plugin} now` : `Enable ${plugin}`}
        primary
        on={on}
      />
    );
  }
  if (reason !== 'plugin_waiting' && reason !== 'no_processor' && reason !== 'plugin_failed') return null;
  return (
    <p>
      <a href={to('/plugins')}>View plugins</a>
    </p>
  );
}
