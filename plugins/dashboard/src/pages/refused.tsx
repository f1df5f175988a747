// The page for what is not there, and for what this person may not see.
/** @jsxImportSource hono/jsx */
import type { Refusal } from '../api.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';

export function refusedPage({ to, words: { frame } }: Visit, { status, message }: Refusal): Page {
  const title = frame.refusals[status] ?? frame.somethingWrong;
  return {
    title,
    children: (
      <div class="lost">
        <p class="code">{status}</p>
        <h1>{title}</h1>
        <p>{message}</p>
        <p>
          <a href={to('/')}>{frame.allJobs}</a>
        </p>
      </div>
    ),
  };
}
