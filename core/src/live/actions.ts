// Turns committed events into the actions that plugins listen to: `job_completed` becomes `job:completed`.
import type { Actions, Dispose, JobEvent } from '@phraseworks/sdk';
import type { JobFact } from '@phraseworks/sdk/host';
import type { Hooks } from '../kernel/hooks.ts';
import type { CommitListener, Feed } from '../store/feed.ts';

type JobAction = Extract<keyof Actions, `job:${string}`>;

const ACTION: Record<JobEvent['event'], JobAction> = {
  job_added: 'job:added',
  job_started: 'job:started',
  job_progress: 'job:progress',
  job_completed: 'job:completed',
  job_failed: 'job:failed',
  job_retry: 'job:retry',
  job_cancelled: 'job:cancelled',
};

/** Builds payloads only for actions that have listeners. */
export function toActions(feed: Feed, hooks: Hooks): Dispose {
  const hear: CommitListener = (events) => {
    for (const { event } of events) {
      const name = ACTION[event.event];
      if (hooks.has(name)) void hooks.doAction(name, factOf(event));
    }
  };
  return feed.onCommit(hear, () => Object.values(ACTION).some((name) => hooks.has(name)));
}

function factOf(event: JobEvent): JobFact {
  const fact: JobFact = {
    jobId: event.jobId,
    type: event.jobType,
    plugin: event.plugin,
    attempt: event.attempt,
    event,
  };
  return Object.assign(
    fact,
    event.progress === undefined ? {} : { progress: event.progress },
    event.event === 'job_completed' ? { result: event.result ?? null } : {},
    event.error === undefined ? {} : { error: event.error },
  );
}
