// One line for each outcome of a worker: the job, how it ended, and how long it took.

import { msOf, oneLine } from '@phraseworks/jobs/internals/base';
import type { StoredEvent } from '@phraseworks/jobs/internals/core';
import { formatDuration, type JobEvent } from '@phraseworks/sdk';
import type { Output, Style } from './output.ts';

/** The most starts to remember, since dead processes never settle theirs. */
const MOST = 10_000;

const STYLES: Partial<Record<JobEvent['event'], Style>> = {
  job_completed: 'green',
  job_failed: 'red',
  job_retry: 'yellow',
  job_cancelled: 'yellow',
};

interface OutcomeDeps {
  out: Output;
  /** Does this process hold the job? */
  isOurs: (id: string) => boolean;
}

export class OutcomeLines {
  readonly #deps: OutcomeDeps;
  readonly #startedAt = new Map<string, number>();

  constructor(deps: OutcomeDeps) {
    this.#deps = deps;
  }

  /** Takes the events of one commit by any process. */
  readonly hear = (events: readonly StoredEvent[]): void => {
    for (const { event } of events) {
      if (event.event === 'job_started') this.#started(event);
      else if (STYLES[event.event]) this.#ended(event);
    }
  };

  #started({ jobId, at }: JobEvent): void {
    const oldest = this.#startedAt.size >= MOST ? this.#startedAt.keys().next().value : undefined;
    if (oldest !== undefined) this.#startedAt.delete(oldest);
    this.#startedAt.set(jobId, msOf(at));
  }

  #ended(event: JobEvent): void {
    const startedAt = this.#startedAt.get(event.jobId);
    this.#startedAt.delete(event.jobId);
    if (!this.#deps.isOurs(event.jobId)) return;
    const { out } = this.#deps;
    const ms = startedAt === undefined ? null : Math.max(msOf(event.at) - startedAt, 0);
    out.data({
      event: event.event,
      jobId: event.jobId,
      type: event.jobType,
      attempt: event.attempt,
      at: event.at,
      ms,
      ...(event.error === undefined ? {} : { error: event.error }),
    });
    out.line(lineOf(event, ms, (text) => out.style(STYLES[event.event] ?? 'dim', text)));
  }
}

/** `completed  email  0192...  attempt 1  120 ms  what went wrong` */
function lineOf(event: JobEvent, ms: number | null, paint: (text: string) => string): string {
  const word = event.event.slice('job_'.length);
  const took = ms === null ? '' : formatDuration(ms);
  const why = oneLine(event.error ?? event.reason ?? '');
  return `${paint(word.padEnd(10))} ${event.jobType.padEnd(16)} ${event.jobId}  attempt ${event.attempt}  ${took.padEnd(8)} ${why}`.trimEnd();
}
