// How far a job is: a bar that assistive technology reads, too, and the words beside it.
/** @jsxImportSource hono/jsx */
import type { Progress } from '@phraseworks/sdk';

export const Bar = ({ progress }: { progress: Progress }) => (
  <progress max={100} value={progress.percentage} aria-label="Progress">
    {Math.round(progress.percentage)} %
  </progress>
);

/** `40 %, 4 of 10, resizing`. */
export function progressText({ percentage, processed, total, message }: Progress): string {
  const parts = [`${Math.round(percentage)} %`];
  if (processed !== undefined) parts.push(total === undefined ? `${processed} done` : `${processed} of ${total}`);
  if (message) parts.push(message);
  return parts.join(', ');
}
