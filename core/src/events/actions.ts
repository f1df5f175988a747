// Committed events as the actions that plugins listen to: `job_completed` becomes `job:completed`.
import type { Actions, Dispose, JobEvent, JobFact } from '@phraseworks/sdk';
import type { CommitListener } from '../db/ledger.ts';

type JobAction = Extract<keyof Actions, `job:${string}`>;

interface Source {
  onCommit(listener: CommitListener): Dispose;
}

interface Hooks {
  has(name: string): boolean;
  doAction(name: JobAction, payload: JobFact): Promise<void>;
}

/** Nothing is made while nobody listens: most events have no listener. */
export function toActions(ledger: Source, hooks: Hooks): Dispose {
  return ledger.onCommit((events) => {
    for (const { event } of events) {
      const name = event.event.replace('job_', 'job:') as JobAction;
      if (hooks.has(name)) void hooks.doAction(name, factOf(event));
    }
  });
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
