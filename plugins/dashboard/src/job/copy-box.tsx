// The job as something to copy: for a terminal, for code, for a test.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { isOver } from '../state.tsx';
import { asCurl, asTest, asTypeScript, type Copied } from './copies.ts';

/** Characters of JSON. */
const LARGE = 20_000;

interface CopyBoxProps {
  job: Job;
  copied: Copied;
}

/** A crash or a timeout cannot be repeated by running the processor once more. */
const canRepeat = ({ status, error, reason, plugin }: Job): boolean =>
  plugin !== null && error !== null && status !== 'completed' && reason !== 'crashed' && reason !== 'timeout';

export function CopyBox({ job, copied }: CopyBoxProps) {
  // Three times as much as the page shows of it otherwise.
  const large = JSON.stringify(copied.data ?? null).length > LARGE;
  const texts: [string, string, string][] = [
    ...(large ? [] : textsOf(job, copied)),
    ['terminal', 'Command line', commands(job)],
  ];
  return (
    <section class="copies" aria-labelledby="copies">
      <h2 id="copies">Copy as</h2>
      {large ? <p class="faint">The data is too large for a command: download it.</p> : null}
      {texts.map(([name, title, text]) => (
        <details id={`copy-${name}`}>
          <summary>{title}</summary>
          <div class="code">
            <button
              type="button"
              class="copy scripted"
              data-copy={`copy-text-${name}`}
              data-done="Copied"
              data-failed="Copy failed"
            >
              Copy
            </button>
            <pre id={`copy-text-${name}`}>{text}</pre>
          </div>
        </details>
      ))}
    </section>
  );
}

const textsOf = (job: Job, copied: Copied): [string, string, string][] => [
  ['curl', 'curl', asCurl(copied)],
  ['typescript', 'TypeScript', asTypeScript(copied)],
  ...(canRepeat(job) ? [['test', 'Test that reproduces the failure', asTest(copied)] as [string, string, string]] : []),
];

function commands({ id, status }: Job): string {
  const step = isOver(status) ? 'retry' : 'cancel';
  return ['show', 'why', step].map((command) => `npx phraseworks-jobs ${command} ${id}`).join('\n');
}
