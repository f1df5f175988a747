// The page for what is not there, and for what this person may not see.
/** @jsxImportSource hono/jsx */
import type { Refusal } from '../api.ts';
import type { Page } from '../layout.tsx';
import type { Visit } from '../visit.ts';

const TITLES: Record<number, string> = {
  400: 'This address is not valid',
  401: 'Sign in first',
  403: 'Not for you',
  404: 'Nothing here',
  503: 'Not available now',
};

export function refusedPage({ to }: Visit, { status, message }: Refusal): Page {
  const title = TITLES[status] ?? 'Something went wrong';
  return {
    title,
    children: (
      <div class="lost">
        <p class="code">{status}</p>
        <h1>{title}</h1>
        <p>{message}</p>
        <p>
          <a href={to('/')}>All jobs</a>
        </p>
      </div>
    ),
  };
}
