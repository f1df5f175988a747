// Finds what needs a person: failures by type and cause, jobs that wait for a retry, parked jobs by their reason.
import type { Job, QueueMetrics } from '@phraseworks/sdk';
import type { Query } from '../address.ts';
import type { Api, FailureKind } from '../api.ts';
import { isRetrying, parkedBecause } from '../state.tsx';
import { firstLine } from '../summary.ts';
import { count } from '../wording.ts';
import type { ListQuery } from './query.ts';

/** A search takes 200 signs. */
const LONGEST = 190;

/** `Mailbox # is full` gives `error:"Mailbox # is full"`, where `#` stands for any number; undefined when nothing is left to search for. */
export function searchOf(cause: string): string | undefined {
  // There can be no quote inside quotes.
  const parts = cause
    .split('"')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  let search = '';
  for (const part of parts) {
    const room = LONGEST - search.length - ' error:""'.length;
    if (room > 0) search += ` error:"${part.slice(0, room).trim()}"`;
  }
  return search.trimStart() || undefined;
}

/** Waiting and parked jobs that a summary looks at, the newest ones. */
const LOOKED_AT = 100;

export interface Kind {
  /** What these have in common. */
  text: string;
  type: string;
  jobs: number;
  /** The list of just these. */
  query: Query | undefined;
  /** `due`: of its next attempt. */
  newest: { id: string; at: string; due: string | null };
}

export interface Trouble {
  state: 'failed' | 'pending' | 'parked' | 'processing';
  /** `3 jobs failed`. */
  title: string;
  query: Query | undefined;
  kinds: Kind[];
  /** How many were looked at, where there are more. */
  countedIn: number | undefined;
}

interface Asked {
  api: Api;
  metrics: QueueMetrics;
  list: Pick<ListQuery, 'status' | 'type'>;
}

/** Of the state that the list shows, or of all. */
export async function findTroubles({ api, metrics, list }: Asked): Promise<Trouble[]> {
  const counts = list.type === undefined ? metrics : metrics.types[list.type];
  const isWanted = (state: 'failed' | 'pending' | 'parked'): boolean =>
    (list.status ?? state) === state && (counts?.[state] ?? 0) > 0;
  const newest = async (status: 'pending' | 'parked') => {
    if (!isWanted(status)) return { jobs: [], nextCursor: null };
    return api.jobs({ status, type: list.type, limit: String(LOOKED_AT) });
  };
  const none = { failures: [], looked: 0, capped: false };
  const [{ failures, looked, capped }, pending, parked] = await Promise.all([
    isWanted('failed') ? api.failures() : none,
    newest('pending'),
    newest('parked'),
  ]);
  const failed = failures.filter(({ type }) => type === (list.type ?? type));
  const retrying = pending.jobs.filter(isRetrying);
  const countedIn = (page: { nextCursor: string | null }) => (page.nextCursor === null ? undefined : LOOKED_AT);
  const all: Trouble[] = [
    {
      state: 'failed',
      title: `${count(counts?.failed ?? 0, 'job')} failed`,
      query: { type: list.type, status: 'failed' },
      kinds: failed.map(ofFailures),
      countedIn: capped ? looked : undefined,
    },
    {
      state: 'pending',
      title: `${count(retrying.length, 'job')} will retry`,
      query: { type: list.type, status: 'pending' },
      kinds: kindsOf(retrying, (job) => firstLine(job.error ?? '')).map(withSearch),
      countedIn: countedIn(pending),
    },
    {
      state: 'parked',
      title: `${count(counts?.parked ?? 0, 'job')} on hold`,
      query: { type: list.type, status: 'parked' },
      kinds: kindsOf(parked.jobs, (job) => parkedBecause(job.reason)),
      countedIn: countedIn(parked),
    },
  ];
  const troubles = all.filter(({ kinds }) => kinds.length > 0);
  if (metrics.stuck === 0 || list.status !== undefined) return troubles;
  const stuck = `${count(metrics.stuck, 'attempt is', 'attempts are')} stuck (did not stop when asked)`;
  return [...troubles, { state: 'processing', title: stuck, query: undefined, kinds: [], countedIn: undefined }];
}

const ofFailures = ({ type, cause, jobs, newest }: FailureKind): Kind => ({
  type,
  jobs,
  text: firstLine(cause),
  query: { status: 'failed', type, q: searchOf(cause) },
  newest: { ...newest, due: null },
});

/** A long text is shown cut. */
const withSearch = (kind: Kind): Kind => {
  const q = searchOf(kind.text.replace(/\.\.\.$/, '').replace(/\d+/g, '#'));
  return { ...kind, query: { status: 'pending', type: kind.type, q } };
};

/** The largest first. Texts that differ in their numbers only are of one kind, in the words of the newest. */
function kindsOf(jobs: readonly Job[], textOf: (job: Job) => string): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const job of jobs) {
    const text = textOf(job);
    const key = `${job.type} ${text.replace(/\d+/g, '0')}`;
    const newest = { id: job.id, at: job.createdAt, due: job.status === 'pending' ? job.runAt : null };
    const kind = kinds.get(key) ?? { text, type: job.type, jobs: 0, query: undefined, newest };
    kind.jobs += 1;
    kinds.set(key, kind);
  }
  return [...kinds.values()].sort((a, b) => b.jobs - a.jobs);
}
