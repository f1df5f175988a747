// The signals that a job waits for: the form of the first, made from its schema, and a link for each other. They work without a script.
/** @jsxImportSource hono/jsx */
import { type Job, JobsError, type Receipt } from '@phraseworks/sdk';
import { jobPath, seeOther } from '../address.ts';
import { formOf } from '../form/field.ts';
import { SchemaForm } from '../form/form.tsx';
import { type FormState, openForm, type Posted, statusOf, take } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { LinkButton, Trail } from '../parts.tsx';
import { shown, summaryOf } from '../text.ts';
import type { Visit } from '../visit.ts';
import { readJob } from './secrets.ts';

const signalPath = (id: string): string => `${jobPath(id)}/signal`;

const waitingIn = async ({ jobs, actor }: Visit, id: string): Promise<Receipt[]> =>
  (await jobs.receipts(actor, id)).filter(({ state }) => state === 'waiting');

/** Renders nothing without the permission. */
export async function Signals({ visit, job }: { visit: Visit; job: Job }) {
  if (job.status !== 'blocked' || job.reason !== 'signal' || !visit.may.operate) return null;
  const [first, ...others] = await waitingIn(visit, job.id);
  if (!first) return null;
  return (
    <section class="signals" aria-label="Signals">
      <SignalForm visit={visit} id={job.id} step={first} form={newForm(first)} />
      {others.map(({ key }) => (
        <p>
          <a href={visit.to(signalPath(job.id), { key })}>{`Send "${shown(key, 191)}"`}</a>
        </p>
      ))}
    </section>
  );
}

/** A signal without data is just sent. */
const fieldsOf = ({ schema }: Receipt) => formOf(schema ?? { const: true });

const newForm = (step: Receipt): FormState => openForm(fieldsOf(step), {});

interface FormProps {
  visit: Visit;
  id: string;
  step: Receipt;
  form: FormState;
}

function SignalForm({ visit, id, step, form }: FormProps) {
  const { key, schema } = step;
  const { title, description } = schema ?? {};
  return (
    <>
      {typeof title === 'string' ? <h2>{shown(title, 200)}</h2> : null}
      {typeof description === 'string' ? <p>{shown(description, 1_000)}</p> : null}
      <SchemaForm
        form={form}
        action={visit.to(signalPath(id), { key })}
        use={{ name: 'signal', label: `Send "${shown(key, 191)}"` }}
      />
    </>
  );
}

/** Throws `INVALID_STATE` if the job does not wait for it. */
async function stepOf(visit: Visit, id: string): Promise<Receipt> {
  const step = (await waitingIn(visit, id)).find(({ key }) => key === visit.query.key);
  if (step) return step;
  throw new JobsError('INVALID_STATE', 'The job does not wait for this signal, or not any more.');
}

export async function signalPage(visit: Visit, id: string): Promise<Page> {
  const step = await stepOf(visit, id);
  return formPage({ visit, id, step, form: newForm(step) });
}

async function formPage(props: FormProps): Promise<Page> {
  const { visit, id, step, form } = props;
  const { job } = await readJob(visit, id);
  const here = jobPath(id);
  const title = `Send "${shown(step.key, 191)}"`;
  return {
    title,
    status: statusOf(form),
    children: (
      <article class="add">
        <Trail visit={visit} pages={{ '/': 'Jobs', [here]: summaryOf(job) }} />
        <h1>{title}</h1>
        <SignalForm {...props} />
        <LinkButton href={visit.to(here)}>Back to the job</LinkButton>
      </article>
    ),
  };
}

/** Redirects to the job once the signal is sent, or shows the form with the errors. */
export async function signalPosted(visit: Visit, id: string, posted: Posted): Promise<Answer> {
  const step = await stepOf(visit, id);
  return take({
    field: fieldsOf(step),
    posted,
    use: 'signal',
    show: (form) => formPage({ visit, id, step, form }),
    save: async ({ data = {} }) => {
      await visit.jobs.signal(visit.actor, id, step.key, data);
      return seeOther(visit.base, jobPath(id), { notice: 'job.signal' });
    },
  });
}
