// How one attempt ended: the little that is kept of an event until it is added to the figures.
import { type JobEvent, oneLine } from '@phraseworks/sdk';
import { maskText } from '@phraseworks/sdk/secrets';
import { parseInstant } from '../time/days.ts';

export type Outcome = 'completed' | 'failed' | 'retried' | 'cancelled';

export interface Fact {
  /** Names the event: every process hears the same ones, in the same order. */
  key: string;
  jobId: string;
  type: string;
  outcome: Outcome;
  at: number;
  /** Milliseconds from when the job was ready to its first attempt; not known of every job. */
  wait: number | undefined;
  /** Milliseconds of the attempt; of what ended without one there are none. */
  ran: number | undefined;
  /** Of what failed or is tried again. */
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

/** Errors of one kind read alike, and name no person and no secret: ids, long numbers and the names in addresses become `...`. */
export function plainReason(message: string): string {
  const line = oneLine(maskText(message.slice(0, 2_000))).replace(/\s+/g, ' ');
  const plain = line
    .replace(ADDRESS, '...@$1')
    .replace(UUID, '...')
    .replace(LONG_NUMBER, (number) => (number.length > 6 ? '...' : number));
  return plain.length > LONGEST_REASON ? `${plain.slice(0, LONGEST_REASON - 3)}...` : plain;
}
