// How one attempt ended: the part of an event that the figures need.
import { type JobEvent, oneLine } from '@phraseworks/sdk';
import { maskStart } from '@phraseworks/sdk/secrets';
import { parseInstant } from '@phraseworks/sdk/zone';

export type Outcome = 'completed' | 'failed' | 'retried' | 'cancelled';

export interface Fact {
  /** Identifies the event: every process receives the same ones, in the same order. */
  key: string;
  jobId: string;
  type: string;
  outcome: Outcome;
  at: number;
  /** Milliseconds from when the job was ready to its first attempt, if known. */
  wait: number | undefined;
  /** Milliseconds that the attempt ran; undefined if the job ended without one. */
  ran: number | undefined;
  /** Why it failed, also if it will be retried. */
  reason: string | undefined;
}

const OUTCOMES: Partial<Record<JobEvent['event'], Outcome>> = {
  job_completed: 'completed',
  job_failed: 'failed',
  job_retry: 'retried',
  job_cancelled: 'cancelled',
};

const LONGEST_TYPE = 190;

/** Null for events that end nothing. */
export function factOf(event: JobEvent): Fact | null {
  const outcome = OUTCOMES[event.event];
  const at = parseInstant(event.at);
  if (outcome === undefined || at === null) return null;
  const why =
    outcome === 'failed' || outcome === 'retried' ? (event.error ?? event.reason ?? 'no reason given') : undefined;
  return {
    key: `${event.jobId}/${at}/${outcome}`,
    jobId: event.jobId,
    type: event.jobType.slice(0, LONGEST_TYPE),
    outcome,
    at,
    wait: event.attempt === 1 ? event.wait : undefined,
    ran: event.duration,
    reason: why === undefined ? undefined : plainReason(why),
  };
}

const ADDRESS = /[^\s@<>()[\],;:"']{1,64}@([a-z0-9.-]{1,253})/gi;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const LONG_NUMBER = /\b(?:0x)?[0-9a-f]*\d[0-9a-f]*\b/gi;
const LONGEST_REASON = 200;

/** Replaces ids, long numbers and the names in addresses by `...`, so that equal errors read alike and name no person or secret. */
export function plainReason(message: string): string {
  const line = oneLine(maskStart(message, 2_000)).replace(/\s+/g, ' ');
  const plain = line
    .replace(ADDRESS, '...@$1')
    .replace(UUID, '...')
    .replace(LONG_NUMBER, (number) => (number.length > 6 ? '...' : number));
  return plain.length > LONGEST_REASON ? `${plain.slice(0, LONGEST_REASON - 3)}...` : plain;
}
