// All that a job has logged, by attempt, from a chosen level on.
/** @jsxImportSource hono/jsx */
import type { Attempt, LogLine } from '@phraseworks/sdk';
import { Empty, NotShown, Tabs } from '../parts.tsx';
import { capital } from '../text.ts';
import type { Visit } from '../visit.ts';
import { byAttempt, Log, Outcome, titlesOf } from './waterfall.tsx';

/** From the least grave on. */
const LEVELS: readonly LogLine['level'][] = ['debug', 'info', 'warn', 'error'];
const LINES = 500;

interface LogsProps {
  visit: Visit;
  attempts: readonly Attempt[];
  logs: readonly LogLine[];
}

export function Logs({ visit: { at, query }, attempts, logs }: LogsProps) {
  const least = Math.max(LEVELS.indexOf(query.level as LogLine['level']), 0);
  const { parts, stray } = byAttempt(
    attempts,
    logs.filter(({ level }) => LEVELS.indexOf(level) >= least),
  );
  const titles = titlesOf(attempts);
  return (
    <>
      <Tabs
        label="Level"
        tabs={LEVELS.map((level, i) => ({
          text: i === 0 ? 'All' : capital(level),
          href: at({ level: i === 0 ? undefined : level }),
          isHere: i === least,
        }))}
      />
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
