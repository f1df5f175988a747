// Why a job that waits or is parked does not run, and the way out.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import type { PauseEntry } from '../api.ts';
import { StateMark } from '../state.tsx';
import { msOf, When } from '../time.tsx';
import type { Visit } from '../visit.ts';
import { shown } from './shown.ts';

interface WhyBoxProps {
  visit: Visit;
  job: Job;
  why: string;
  /** Those of its type and its lane. */
  pauses: readonly PauseEntry[];
}

export function WhyBox({ visit, job, why, pauses }: WhyBoxProps) {
  const line = (
    <>
      <StateMark state={job.status} words={visit.words} /> {shown(why)}
    </>
  );
  if (job.status !== 'pending' && job.status !== 'parked') return <p class="why">{line}</p>;
  return (
    <section class={`why-box ${job.status}`} aria-label={visit.words.job.whyNot}>
      <p class="why">{line}</p>
      {pauses.map((pause) => (
        <Paused visit={visit} job={job} pause={pause} />
      ))}
      <WayOut visit={visit} job={job} paused={pauses.length > 0} />
    </section>
  );
}

function Paused({ visit, job, pause }: { visit: Visit; job: Job; pause: PauseEntry }) {
  const words = visit.words.job;
  const { kind, name, by, since } = pause;
  return (
    <>
      <p>
        {words.pausedBy[kind](shown(name))}
        {by === null ? null : words.by(shown(by))}
        {words.since}
        <When at={since} now={visit.now} />. {visit.may.operate ? null : words.paused}
      </p>
      <ActButton
        visit={visit}
        label={words.resume[kind](shown(name))}
        on={{ kind: 'pause', name: `${kind}/${name}`, step: 'resume' }}
        job={job.id}
      />
    </>
  );
}

function WayOut({ visit, job, paused }: { visit: Visit; job: Job; paused: boolean }): Child {
  const { words, may, now, to } = visit;
  const { status, reason, plugin, runAt } = job;
  if (status === 'pending') {
    const waits = !paused && runAt !== null && msOf(runAt) > now;
    return waits ? (
      <ActButton visit={visit} label={words.job.run} on={{ kind: 'job', name: job.id, step: 'run' }} />
    ) : null;
  }
  if ((reason === 'plugin_disabled' || reason === 'plugin_failed') && plugin !== null) {
    if (!may.administer) return <p>{words.job.askToSwitchOn(plugin)}</p>;
    return (
      <ActButton
        visit={visit}
        label={words.job.switchOn(plugin)}
        on={{ kind: 'plugin', name: plugin, step: 'enable' }}
        job={job.id}
      />
    );
  }
  if (reason === 'plugin_waiting' || reason === 'no_processor' || reason === 'plugin_failed') {
    return (
      <p>
        <a href={to('/plugins')}>{words.job.seePlugins}</a>
      </p>
    );
  }
  return null;
}
