// The last jobs of a schedule as a strip of states, the oldest first: each a link to its job.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { STATE_NAMES } from '../state.tsx';
import { msOf, relative } from '../time.tsx';
import type { Visit } from '../visit.ts';

interface ResultsProps {
  visit: Pick<Visit, 'to' | 'now'>;
  jobs: readonly Job[];
}

export function Results({ visit: { to, now }, jobs }: ResultsProps) {
  return (
    <ol class="results">
      {[...jobs].reverse().map(({ id, status, createdAt }) => {
        const text = `${STATE_NAMES[status]}, ${relative(msOf(createdAt), now)}`;
        return (
          <li>
            <a class={`state ${status}`} href={to(jobPath(id))} title={text}>
              <span class="hidden">{text}</span>
            </a>
          </li>
        );
      })}
    </ol>
  );
}
