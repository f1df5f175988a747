// Why a waiting or parked job is not running, and the buttons that help.
/** @jsxImportSource hono/jsx */

import type { Job, PauseInfo } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import { PauseNotices } from '../list/pauses.tsx';
import { JobMark } from '../state.tsx';
import { shown } from '../text.ts';
import { msOf } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { LONGEST_ERROR } from './attempts.tsx';

/** Nothing for a job that completed after all. */
export const ErrorBox = ({ job: { error, status } }: { job: Job }) =>
  error === null || status === 'completed' ? null : <pre class="error-box">{shown(error, LONGEST_ERROR)}</pre>;

interface WhyBoxProps {
  visit: Visit;
  job: Job;
  why: string;
  /** Pauses of its type and plugin. */
  pauses: readonly PauseInfo[];
}

export function WhyBox({ visit, job, why, pauses }: WhyBoxProps) {
  // The mark says the state already, and the notices who paused it.
  const text =
    job.reason === 'paused' && pauses.length > 0 ? '' : why.replace(new RegExp(`^${job.status}\\.?`, 'i'), '');
  const line = (
    <>
      <JobMark job={job} now={visit.now} /> <WithLinks visit={visit} text={shown(text.replace(/^: /, '').trim())} />
    </>
  );
  const atLimit = / the limit "/.test(why) && job.status !== 'processing' ? <LimitLink visit={visit} /> : null;
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
      <PauseNotices visit={visit} back={{ atJob: job.id }} pauses={pauses} />
      <WayOut visit={visit} job={job} paused={pauses.length > 0} />
    </section>
  );
}

const ID = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/;

/** Ids of jobs lead to them. */
const WithLinks = ({ visit: { to }, text }: { visit: Visit; text: string }) => (
  <>{text.split(ID).map((part, i) => (i % 2 === 0 ? part : <a href={to(jobPath(part))}>{part}</a>))}</>
);
const LimitLink = ({ visit: { to } }: { visit: Visit }) => <a href={to('/limits')}>View limits</a>;

function WayOut({ visit, job, paused }: { visit: Visit; job: Job; paused: boolean }): Child {
  const { may, now, to } = visit;
  const { status, reason, plugin, runAt } = job;
  const isDelayed = status === 'pending' && !paused && runAt !== null && msOf(runAt) > now;
  if (isDelayed) return <ActButton visit={visit} label="Run now" on={{ kind: 'job', name: job.id, step: 'run' }} />;
  if ((reason === 'plugin_disabled' || reason === 'plugin_failed') && plugin !== null) {
    if (!may.administer) return <p>{`An administrator can enable ${plugin}.`}</p>;
    return (
      <ActButton
        visit={visit}
        label={`Enable ${plugin}`}
        on={{ kind: 'plugin', name: plugin, step: 'enable' }}
        job={job.id}
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
