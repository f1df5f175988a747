// How far a job is: a bar that assistive technology reads, too, and the words beside it.
/** @jsxImportSource hono/jsx */
import type { Progress } from '@phraseworks/sdk';
import type { Words } from '../words/words.ts';

export const Bar = ({ progress, words: { job } }: { progress: Progress; words: Pick<Words, 'job'> }) => (
  <progress max={100} value={progress.percentage} aria-label={job.progress.label}>
    {Math.round(progress.percentage)} %
  </progress>
);

/** `40 %, 4 of 10, resizing`. */
export function progressText(
  { percentage, processed, total, message }: Progress,
  { progress: say }: Words['job'],
): string {
  const parts = [`${Math.round(percentage)} %`];
  if (processed !== undefined) parts.push(say.done(processed, total));
  if (message) parts.push(message);
  return parts.join(', ');
}
