// What its plugin shows of a job. When that could not be made, this part alone says so.
/** @jsxImportSource hono/jsx */
import type { Block, Job } from '@phraseworks/sdk';
import { reachable } from '../address.ts';
import { Blocks } from '../pages/blocks.tsx';
import type { Visit } from '../visit.ts';
import { shown } from './shown.ts';

/** Where routes of plugins are, below the mount point. */
const ROUTES = '/plugins/';

function Places({ visit, result }: { visit: Visit; result: unknown }) {
  const places = placesIn(result).flatMap(({ name, path }) => {
    const href = reachable(visit, path);
    return href === undefined ? [] : [{ name, href }];
  });
  if (places.length === 0) return null;
  return (
    <p class="places">
      {places.map(({ name, href }) => (
        <a href={href}>{`Open ${shown(name, 100)}`}</a>
      ))}
    </p>
  );
}

const placesIn = (result: unknown): { name: string; path: string }[] =>
  typeof result !== 'object' || result === null
    ? []
    : Object.entries(result).flatMap(([name, path]) =>
        typeof path === 'string' && path.startsWith(ROUTES) ? [{ name, path }] : [],
      );

export interface JobView {
  blocks: readonly Block[];
  error: string | null;
}

/** Without a view of the plugin, the places that the result names can be opened. */
export function View({ visit, job, view: { blocks, error } }: { visit: Visit; job: Job; view: JobView }) {
  if (blocks.length === 0 && error === null) return <Places visit={visit} result={job.result} />;
  return (
    <section class="view" aria-label="What it did">
      {error === null ? null : <p class="note bad">The plugin could not render its view: {shown(error, 300)}</p>}
      {blocks.length === 0 ? <Places visit={visit} result={job.result} /> : null}
      <Blocks visit={visit} stand={{ plugin: job.plugin ?? '', job: job.id }} blocks={blocks} />
    </section>
  );
}
