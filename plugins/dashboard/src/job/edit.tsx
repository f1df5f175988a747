// Edit data and retry, in the form of the job's type, on a page without live updates, so that no input is lost.
/** @jsxImportSource hono/jsx */
import { JobsError } from '@phraseworks/sdk';
import { jobPath, seeOther } from '../address.ts';
import { formOf } from '../form/field.ts';
import { SchemaForm } from '../form/form.tsx';
import { type FormState, openForm, type Posted, statusOf, take } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { LinkButton, Trail } from '../parts.tsx';
import { presentError } from '../state.tsx';
import { shown, summaryOf } from '../text.ts';
import type { Visit } from '../visit.ts';
import { masksIn, type ReadJob, readJob, unmasked } from './secrets.ts';
import { LONGEST_ERROR } from './waterfall.tsx';

export async function editPage(visit: Visit, id: string): Promise<Page> {
  if (!visit.may.operate) throw new JobsError('FORBIDDEN', 'You need the "operate" permission to retry jobs.');
  const read = await readJob(visit, id);
  return formPage(visit, read, openForm(formOf(read.type?.schema), { data: read.job.data }));
}

/** Redirects to the job after the retry, or shows the form again with the errors. Throws `JOB_NOT_FOUND`. */
export async function retryEdited(visit: Visit, id: string, posted: Posted): Promise<Answer> {
  const read = await readJob(visit, id);
  const schema = read.type?.schema;
  return take({
    field: formOf(schema),
    posted,
    use: 'retry',
    show: (form) => formPage(visit, read, form),
    save: async ({ data = {} }) => {
      await visit.jobs.retry(visit.actor, id, { data: unmasked(data, read.whole, schema) });
      return seeOther(visit.base, jobPath(id), { notice: 'job.retry' });
    },
  });
}

function formPage(visit: Visit, { job }: ReadJob, form: FormState): Page {
  const here = jobPath(job.id);
  const error = presentError(job);
  return {
    title: 'Edit data and retry',
    status: statusOf(form),
    children: (
      <article class="add">
        <Trail visit={visit} pages={{ '/': 'Jobs', [here]: summaryOf(job) }} />
        <h1>Edit data and retry</h1>
        {error === null ? null : <pre class="error-box">{shown(error, LONGEST_ERROR)}</pre>}
        <p class="lead">
          The job will run again with this data and keep its ID.
          {masksIn(job.data, '').length > 0 ? ' Values shown as ******** stay unchanged.' : null}
        </p>
        <SchemaForm
          form={form}
          action={visit.to(`${here}/edit`)}
          use={{ name: 'retry', label: 'Retry with this data' }}
        >
          <LinkButton href={visit.to(here)}>Back to the job</LinkButton>
        </SchemaForm>
      </article>
    ),
  };
}
