// The attempts of a job with their errors, and what the processor wrote in each.
/** @jsxImportSource hono/jsx */
import { type Attempt, formatDuration, type LogLine } from '@phraseworks/sdk';
import { between, exact, When } from '../time.tsx';

interface AttemptsProps {
  attempts: readonly Attempt[];
  logs: readonly LogLine[];
  now: number;
}

export function Attempts({ attempts, logs, now }: AttemptsProps) {
  if (attempts.length === 0 && logs.length === 0) return null;
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">Attempts</h2>
      {attempts.length === 0 ? null : <AttemptTable attempts={attempts} now={now} />}
      {attempts.map((attempt) => (
        <Failure attempt={attempt} />
      ))}
      <Log lines={logs} many={attempts.length > 1} />
    </section>
  );
}

function AttemptTable({ attempts, now }: { attempts: readonly Attempt[]; now: number }) {
  return (
    <table class="plain">
      <caption class="hidden">Attempts, oldest first</caption>
      <thead>
        <tr>
          <th scope="col">Attempt</th>
          <th scope="col">Outcome</th>
          <th scope="col">Started</th>
          <th scope="col" class="number">
            Took
          </th>
          <th scope="col">Worker</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map(({ attempt, outcome, startedAt, finishedAt, duration, worker }) => (
          <tr>
            <th scope="row" data-label="Attempt">
              {attempt}
            </th>
            <td data-label="Outcome">
              <span class={`state ${outcome === 'running' ? 'processing' : outcome}`}>{outcome}</span>
            </td>
            <td data-label="Started">
              <When at={startedAt} now={now} />
            </td>
            <td data-label="Took" class="number">
              {formatDuration(duration ?? between(startedAt, finishedAt, now))}
            </td>
            <td data-label="Worker">
              {worker === null ? '-' : <code title={worker}>{worker.split('-').at(-1)}</code>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Failure({ attempt: { attempt, error, stack } }: { attempt: Attempt }) {
  if (error === null) return null;
  return (
    <details class="failure">
      <summary>Error of attempt {attempt}</summary>
      <pre>{stack ?? error}</pre>
    </details>
  );
}

function Log({ lines, many }: { lines: readonly LogLine[]; many: boolean }) {
  if (lines.length === 0) return null;
  return (
    <>
      <h3>Log</h3>
      <ol class="log">
        {lines.map(({ attempt, at, level, message }) => (
          <li class={level}>
            <time datetime={at} title={exact(at)}>
              {at.slice(11, 23)}
            </time>{' '}
            {many ? <span class="faint">{`#${attempt} `}</span> : null}
            <b>{level}</b> {message}
          </li>
        ))}
      </ol>
    </>
  );
}
