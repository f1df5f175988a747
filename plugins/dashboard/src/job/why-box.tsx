// Why a waiting or parked job is not running, and the buttons that help.
/** @jsxImportSource hono/jsx */

import type { Job, PauseInfo } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import { PauseNotices } from '../list/pauses.tsx';
import { Readable } from '../parts.tsx';
import { isOver } from '../state.tsx';
import { capital, shown } from '../text.ts';
import { msOf } from '../time.tsx';
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
  const line = <Readable visit={visit} text={capital(shown(text))} />;
  const atLimit =
    / the limit "/.test(why) && job.status !== 'processing' ? <a href={visit.to('/limits')}>View limits</a> : null;
  if (isOver(job.status) && text === '') return null;
  if (job.status !== 'pending' && job.status !== 'parked' && job.status !== 'blocked')
    return (
      <p class="why">
        {line} {atLimit}
      </p>
    );
  return (
    <section class={`why-box ${job.status}`} aria-label="Why it is not running">
      <p class="why">
        {line} {atLimit}
      </p>
      <PauseNotices visit={visit} pauses={pauses} />
      <WayOut visit={visit} job={job} paused={pauses.length > 0} />
    </section>
  );
}

function WayOut({ visit, job, paused }: { visit: Visit; job: Job; paused: boolean }): Child {
  const { may, now, to } = visit;
  const { status, reason, plugin, runAt } = job;
  const isDelayed = status === 'pending' && !paused && runAt !== null && msOf(runAt) > now;
  if (isDelayed)
    return (
      <ActButton visit={visit} label="Run now" icon="run" on={{ kind: 'job', name: job.id, step: 'run' }} primary />
    );
  if ((reason === 'plugin_disabled' || reason === 'plugin_failed') && plugin !== null) {
    if (!may.administer) return <p>{`An administrator can enable ${plugin}.`}</p>;
    return (
      <ActButton
        visit={visit}
        label={`Enable ${plugin}`}
        primary
        on={{ kind: 'plugin', name: plugin, step: 'enable' }}
      />
    );
  }
  if (reason === 'plugin_waiting' || reason === 'no_processor' || reason === 'plugin_failed') {
    return (
      <p>
        <a href={to('/plugins')}>View plugins</a>
      </p>
    );
  }
  return null;
}
