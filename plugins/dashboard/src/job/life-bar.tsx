// The life of a job as a bar to scale. The list below it says the same in words.
/** @jsxImportSource hono/jsx */
import { formatDuration } from '@phraseworks/sdk';
import type { Words } from '../words/words.ts';
import { type Span, type Stretch, spansOf } from './life.ts';

const SIZE = 1_000;
const LEAST = 6;

export function LifeBar({ words, stretches }: { words: Words['job']; stretches: readonly Stretch[] }) {
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
