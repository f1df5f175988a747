// What needs a person, summed up above the list: failures by their error, retries, parked jobs by their reason.
/** @jsxImportSource hono/jsx */
import type { Job, QueueMetrics } from '@phraseworks/sdk';
import { jobPath, type Query } from '../address.ts';
import type { Api } from '../api.ts';
import { isRetrying, parkedBecause } from '../state.tsx';
import { firstLine, summaryOf } from '../summary.ts';
import { msOf, relative } from '../time.tsx';
import type { Visit } from '../visit.ts';

/** Jobs that a summary looks at, the newest ones. */
const LOOKED_AT = 100;
/** Kinds that are named. */
const NAMED = 3;

interface Kind {
  /** What these have in common: the newest one's own words. */
  text: string;
  type: string;
  newest: Job;
  n: number;
}

export interface Trouble {
  state: 'failed' | 'pending' | 'parked' | 'processing';
  /** `3 jobs failed`. */
  title: string;
  query: Query | undefined;
  kinds: Kind[];
  /** There are more than were looked at. */
  more: boolean;
}

export async function findTroubles(api: Api, metrics: QueueMetrics): Promise<Trouble[]> {
  const newest = async (status: 'failed' | 'pending' | 'parked'): Promise<{ list: Job[]; more: boolean }> => {
    if (metrics[status] === 0) return { list: [], more: false };
    const { jobs: list, nextCursor } = await api.jobs({ status, limit: String(LOOKED_AT) });
    return { list, more: nextCursor !== null };
  };
  const [failed, pending, parked] = await Promise.all([newest('failed'), newest('pending'), newest('parked')]);
  const retrying = pending.list.filter(isRetrying);
  const all: Trouble[] = [
    {
      state: 'failed',
      title: `${jobs(metrics.failed)} failed`,
      query: { status: 'failed' },
      more: failed.more,
      kinds: kindsOf(failed.list, (job) => firstLine(job.error ?? job.reason ?? 'no reason was given')),
    },
    {
      state: 'pending',
      title: retrying.length === 1 ? '1 job waits for a retry' : `${retrying.length} jobs wait for a retry`,
      query: { status: 'pending' },
      more: pending.more,
      kinds: kindsOf(retrying, (job) => firstLine(job.error ?? '')),
    },
    {
      state: 'parked',
      title: metrics.parked === 1 ? '1 job is parked' : `${jobs(metrics.parked)} are parked`,
      query: { status: 'parked' },
      more: parked.more,
      kinds: kindsOf(parked.list, (job) => parkedBecause(job.reason)),
    },
  ];
  const troubles = all.filter(({ kinds }) => kinds.length > 0);
  if (metrics.stuck === 0) return troubles;
  const title =
    metrics.stuck === 1
      ? '1 attempt ignores the signal to stop, and still runs'
      : `${metrics.stuck} attempts ignore the signal to stop, and still run`;
  return [...troubles, { state: 'processing', title, query: undefined, kinds: [], more: false }];
}

const jobs = (n: number): string => (n === 1 ? '1 job' : `${n.toLocaleString('en')} jobs`);

/** The largest first. Errors that differ in their numbers only are of one kind. */
function kindsOf(list: readonly Job[], textOf: (job: Job) => string): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const job of list) {
    const text = textOf(job);
    const key = `${job.type} ${text.replace(/\d+/g, '0')}`;
    const kind = kinds.get(key) ?? { text, type: job.type, newest: job, n: 0 };
    kind.n += 1;
    kinds.set(key, kind);
  }
  return [...kinds.values()].sort((a, b) => b.n - a.n);
}

export function Attention({ visit, troubles }: { visit: Visit; troubles: readonly Trouble[] }) {
  if (troubles.length === 0) return null;
  return (
    <section class="attention" aria-label="Needs attention">
      {troubles.map(({ state, title, query, kinds, more }) => (
        <div class={state}>
          <h2>{query === undefined ? title : <a href={visit.to('/', query)}>{title}</a>}</h2>
          {kinds.length === 0 ? null : (
            <ul>
              {kinds.slice(0, NAMED).map((kind) => (
                <KindLine visit={visit} kind={kind} />
              ))}
              {kinds.length > NAMED ? <li class="faint">and {kinds.length - NAMED} more kinds</li> : null}
              {more ? <li class="faint">counted in the newest {LOOKED_AT}</li> : null}
            </ul>
          )}
        </div>
      ))}
    </section>
  );
}

function KindLine({ visit: { to, now }, kind: { text, type, newest, n } }: { visit: Visit; kind: Kind }) {
  const next =
    newest.status === 'pending' && newest.runAt !== null ? `, next try ${relative(msOf(newest.runAt), now)}` : '';
  return (
    <li>
      <b>{type}</b> {text} {n > 1 ? <span class="count">{`(${n})`}</span> : null}{' '}
      <span class="faint">
        {n > 1 ? 'newest ' : ''}
        <a href={to(jobPath(newest.id))}>{summaryOf(newest)}</a>
        {next}
      </span>
    </li>
  );
}
