// The same from a terminal: what can be done with this job now, as commands to copy.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { isOver } from '../state.tsx';

export function Commands({ job, url }: { job: Job; url: string }) {
  const step = isOver(job.status) ? 'retry' : 'cancel';
  const lines = [`curl '${url}'`, `curl '${url}/why'`, `curl -X POST '${url}/${step}'`];
  return (
    <details class="json">
      <summary>
        <h2>From a terminal</h2>
      </summary>
      <pre>{lines.join('\n')}</pre>
    </details>
  );
}
