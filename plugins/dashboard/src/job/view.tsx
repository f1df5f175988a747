// What its plugin shows of a job. When that could not be made, this part alone says so.
/** @jsxImportSource hono/jsx */
import type { Block, Job } from '@phraseworks/sdk';
import { Blocks } from '../pages/blocks.tsx';
import type { Visit } from '../visit.ts';
import { Places } from './places.tsx';
import { shown } from './shown.ts';

export interface JobView {
  blocks: readonly Block[];
  error: string | null;
}

/** Without a view of the plugin, the places that the result names can be opened. */
export function View({ visit, job, view: { blocks, error } }: { visit: Visit; job: Job; view: JobView }) {
  const words = visit.words.job;
  if (blocks.length === 0 && error === null) return <Places visit={visit} result={job.result} />;
  return (
    <section class="view" aria-label={words.view}>
      {error === null ? null : (
        <p class="note bad">
          {words.viewFailed} {shown(error, 300)}
        </p>
      )}
      {blocks.length === 0 ? <Places visit={visit} result={job.result} /> : null}
      <Blocks visit={visit} stand={{ plugin: job.plugin ?? '', job: job.id }} blocks={blocks} />
    </section>
  );
}
