// All that a job has logged, by attempt, from a chosen level on.
/** @jsxImportSource hono/jsx */
import type { Attempt, LogLine } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { Empty, NotShown } from '../parts.tsx';
import { capital } from '../text.ts';
import type { Visit } from '../visit.ts';
import { byAttempt, Log, Outcome, titlesOf } from './waterfall.tsx';

/** From the least grave on. */
const LEVELS: readonly LogLine['level'][] = ['debug', 'info', 'warn', 'error'];
const LINES = 500;

interface LogsProps {
  visit: Visit;
  job: string;
  attempts: readonly Attempt[];
  logs: readonly LogLine[];
}

export function Logs({ visit, job, attempts, logs }: LogsProps) {
  const { to, query } = visit;
  const least = Math.max(LEVELS.indexOf(query.level as LogLine['level']), 0);
  const { parts, stray } = byAttempt(
    attempts,
    logs.filter(({ level }) => LEVELS.indexOf(level) >= least),
  );
  const titles = titlesOf(attempts);
  return (
    <>
      <nav class="places" aria-label="Level">
        {LEVELS.map((level, i) => (
          <a
            href={to(jobPath(job), { tab: 'logs', level: i === 0 ? undefined : level })}
            aria-current={i === least ? 'true' : undefined}
          >
            {i === 0 ? 'All' : capital(level)}
          </a>
        ))}
      </nav>
      {parts.every((lines) => lines.length === 0) && stray.length === 0 ? (
        <Empty icon="log" text={logs.length === 0 ? 'This job has logged nothing.' : 'No lines of this level.'} />
      ) : null}
      {attempts.map(({ startedAt, outcome }, i) =>
        parts[i]?.length ? (
          <section id={`log-${startedAt}`}>
            <h2>
              {titles[i]} <Outcome outcome={outcome} />
            </h2>
            <NotShown n={parts[i].length - LINES} one="earlier line" />
            <Log lines={parts[i].slice(-LINES)} />
          </section>
        ) : null,
      )}
      <Log lines={stray.slice(-LINES)} />
    </>
  );
}
