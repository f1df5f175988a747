// The life of a job, oldest first: each event with its time and the duration before it; above it a bar to scale.
/** @jsxImportSource hono/jsx */
import { formatDuration, type HistoryEntry } from '@phraseworks/sdk';
import { parkedBecause, reasonText } from '../state.tsx';
import { exact } from '../time.tsx';
import type { Visit } from '../visit.ts';
import type { Words } from '../words/words.ts';
import { Length } from './length.tsx';
import { lifeOf, type Span, type Stretch, spansOf } from './life.ts';
import { shown } from './shown.ts';

const SIZE = 1_000;
const LEAST = 6;

function LifeBar({ words, stretches }: { words: Words['job']; stretches: readonly Stretch[] }) {
  if (stretches.length === 0) return null;
  const inWords = ({ kind, from, to }: Stretch): string => words.stretch[kind](formatDuration(to - from));
  return (
    <svg
      class="life"
      viewBox={`0 0 ${SIZE} 10`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${words.bar}: ${stretches.map(inWords).join(', ')}`}
    >
      {spansOf(stretches, SIZE, LEAST).map((span) => (
        <rect class={toneOf(span)} x={span.x} y={0} width={Math.max(span.width - 1, 0.5)} height={10}>
          <title>{inWords(span)}</title>
        </rect>
      ))}
    </svg>
  );
}

const ENDS: Partial<Record<NonNullable<Span['ended']>, string>> = {
  job_completed: 'completed',
  job_failed: 'failed',
  job_retry: 'failed',
  lost: 'failed',
};

const toneOf = ({ kind, ended }: Span): string =>
  kind === 'run' ? `run ${ended === null ? '' : (ENDS[ended] ?? '')}`.trim() : kind;

/** A job may be put off for ever, so the list has a limit. */
const SHOWN = 60;

export function Timeline({ visit, entries }: { visit: Visit; entries: readonly HistoryEntry[] }) {
  const words = visit.words.job;
  const left = Math.max(entries.length - SHOWN, 0);
  const newest = entries.slice(left);
  const life = lifeOf(newest, visit.now);
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">{words.timeline}</h2>
      <LifeBar words={words} stretches={life} />
      {left === 0 ? null : <p class="faint">{words.earlier(left)}</p>}
      <ol class="timeline">
        {newest.map((entry, i) => (
          <Entry visit={visit} entry={entry} before={newest[i - 1]} stretch={life[i - 1]} />
        ))}
        <Now visit={visit} stretch={life.at(-1)} />
      </ol>
    </section>
  );
}

interface EntryProps {
  visit: Visit;
  entry: HistoryEntry;
  before: HistoryEntry | undefined;
  /** What came before it. */
  stretch: Stretch | undefined;
}

function Entry({ visit, entry, before, stretch }: EntryProps) {
  const { event, at, attempt, status, by, reason } = entry;
  const words = visit.words.job;
  const inWords = (code: string) =>
    event === 'job_parked' ? parkedBecause(code, visit.words.states) : reasonText(code);
  return (
    <li class={status}>
      <span class="event">
        {words.event[event] ?? event}
        {event === 'job_started' ? words.startedAttempt(attempt) : ''}
        {by === undefined ? '' : `,${words.by(shown(by, 100))}`}
      </span>{' '}
      <span class="faint">
        <time datetime={at} title={exact(at)}>
          {before?.at.slice(0, 10) === at.slice(0, 10)
            ? at.slice(11, 23)
            : `${at.slice(0, 10)} ${at.slice(11, 23)} UTC`}
        </time>
        {stretch === undefined ? null : `, ${lengthOf(visit, stretch, entry.duration)}`}
      </span>
      {reason === undefined || reason === status ? null : <small>{inWords(reason)}</small>}
    </li>
  );
}

const lengthOf = ({ words: { job } }: Visit, { kind, from, to }: Stretch, duration: number | undefined): string =>
  job.stretch[kind](formatDuration((kind === 'run' ? duration : undefined) ?? to - from));

/** What goes on now. */
function Now({ visit, stretch }: { visit: Visit; stretch: Stretch | undefined }) {
  if (!stretch?.open) return null;
  const { goesOn, soFar } = visit.words.job;
  return (
    <li class="now" id="life-now">
      {goesOn[stretch.kind]}, <Length from={stretch.from} to={stretch.to} /> {soFar}
    </li>
  );
}
