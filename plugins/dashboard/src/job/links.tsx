// The jobs before and after a job, with their states, and its batches.
/** @jsxImportSource hono/jsx */
import type { JobLinks, LinkedJob } from '@phraseworks/sdk';
import { batchPath, jobPath } from '../address.ts';
import { StateMark } from '../state.tsx';
import { shown } from '../text.ts';
import type { Visit } from '../visit.ts';

const LONGEST_NAME = 100;

export function Links({ visit, links: { before, next, batches } }: { visit: Visit; links: JobLinks }) {
  const { to } = visit;
  return (
    <>
      <List visit={visit} title="Before it" jobs={before} />
      {/* Its name in their graph is that of this job. */}
      <List visit={visit} title="After it" jobs={next.map((job) => ({ ...job, name: null }))} />
      {batches.length === 0 ? null : (
        <section aria-label="Batches">
          <h2>{batches.length === 1 ? 'Batch' : 'Batches'}</h2>
          <ul class="links">
            {batches.map(({ id, name }) => (
              <li>
                <a href={to(batchPath(id))}>{shown(name, LONGEST_NAME)}</a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface ListProps {
  visit: Visit;
  title: string;
  jobs: readonly LinkedJob[];
}

const List = ({ visit: { to }, title, jobs }: ListProps) =>
  jobs.length === 0 ? null : (
    <section aria-label={title}>
      <h2>{title}</h2>
      <ul class="links">
        {jobs.map(({ id, type, status, name }) => (
          <li data-key={id}>
            <a href={to(jobPath(id))}>{shown(name ?? type, LONGEST_NAME)}</a> <StateMark state={status} />
          </li>
        ))}
      </ul>
    </section>
  );
