// Edit data and retry, on a page without live updates, so that no input is lost.
/** @jsxImportSource hono/jsx */

import type { FieldError } from '@phraseworks/sdk';
import { ClientError } from '@phraseworks/sdk/client';
import { jobPath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { shown, summaryOf, visible } from '../text.ts';
import type { Visit } from '../visit.ts';
import { notJson, readJson } from './json-text.ts';
import { masksIn, type ReadJob, readJob, unredact } from './redact.ts';

const LONGEST_ERROR = 300;
const MOST_ERRORS = 50;

/** Throws `ClientError`. */
export async function editPage(visit: Visit, id: string): Promise<Page> {
  if (!visit.may.operate)
    throw new ClientError('FORBIDDEN', 'You need the "operate" permission to retry jobs.', { status: 403 });
  const read = await readJob(visit, id);
  return formPage(visit, read, visible(JSON.stringify(read.data.value, null, 2)), []);
}

/** Redirects to the job after the retry, or shows the form again with the errors. Throws `ClientError` if the job no longer exists. */
export async function retryEdited(
  visit: Visit,
  id: string,
  { data: text = '' }: Record<string, string>,
): Promise<(Page & { status: number }) | Response> {
  const read = await readJob(visit, id);
  const again = (status: number, errors: readonly FieldError[]) => ({ ...formPage(visit, read, text, errors), status });
  const typed = readJson(text);
  if ('line' in typed) return again(400, [{ path: '', message: notJson(typed) }]);

  const data = unredact(typed.value, read.job.data, read.type?.schema);
  const left = masksIn(data, 'data').map((path) => ({ path, message: 'is hidden: enter it again' }));
  if (left.length > 0) return again(400, left);
  try {
    await visit.api.send('POST', `/api/jobs/${encodeURIComponent(id)}/retry`, { data });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return again(error.status, error.errors.length > 0 ? error.errors : [{ path: '', message: error.message }]);
  }
  return new Response(null, { status: 303, headers: { Location: visit.to(jobPath(id), { notice: 'retry' }) } });
}

function formPage(visit: Visit, { job, data }: ReadJob, text: string, errors: readonly FieldError[]): Page {
  const here = jobPath(job.id);
  const failed = errors.length > 0;
  return {
    title: 'Edit data and retry',
    children: (
      <article class="job edit">
        <div class="trail">
          <p>
            <a href={visit.to('/')}>Jobs</a> / <a href={visit.to(here)}>{summaryOf({ ...job, data: data.value })}</a>
          </p>
        </div>
        <h1>Edit data and retry</h1>
        <p id="edit-help">
          The job will run again with this data and keep its ID. Values shown as ******** stay unchanged.
        </p>
        <form method="post" action={visit.to(`${here}/edit`)}>
          <label for="edit-data">Data (JSON)</label>
          {failed ? (
            <ul id="edit-errors" class="field-errors" role="alert">
              {errors.slice(0, MOST_ERRORS).map(({ path, message }) => (
                <li>
                  {path === '' ? null : <code>{shown(path, LONGEST_ERROR)}</code>} {shown(message, LONGEST_ERROR)}
                </li>
              ))}
            </ul>
          ) : null}
          <textarea
            id="edit-data"
            name="data"
            rows={Math.min(Math.max(text.split('\n').length + 1, 8), 30)}
            spellcheck={false}
            autocomplete="off"
            aria-describedby={failed ? 'edit-errors edit-help' : 'edit-help'}
            aria-invalid={failed ? 'true' : undefined}
          >
            {`\n${text}`}
          </textarea>
          <div class="buttons">
            <button type="submit" class="primary">
              Retry with this data
            </button>
            <a href={visit.to(here)}>Back to the job</a>
          </div>
        </form>
      </article>
    ),
  };
}
