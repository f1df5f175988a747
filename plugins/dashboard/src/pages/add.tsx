// Add a job: choose its type, then fill in the form made from the schema of its data.
/** @jsxImportSource hono/jsx */

import {
  type FieldError,
  isUpload,
  type Job,
  JobsError,
  type NewJob,
  type OfferedType,
  type PluginStatus,
} from '@phraseworks/sdk';
import { jobPath, pluginPath, seeOther } from '../address.ts';
import { formOf } from '../form/field.ts';
import { SchemaForm } from '../form/form.tsx';
import { jobOptions, OptionFields, optionsIn } from '../form/job-options.tsx';
import { type FormState, openForm, type Posted, statusOf, take } from '../form/state.ts';
import { readJson } from '../job/json-text.ts';
import { masked, unmasked } from '../job/secrets.ts';
import type { Answer, Page } from '../layout.tsx';
import { Empty, Trail } from '../parts.tsx';
import { titleOf } from '../plugin/facts.tsx';
import { ifThere } from '../refusal.ts';
import { reasonText, StateMark } from '../state.tsx';
import type { Visit } from '../visit.ts';

interface TypesProps {
  visit: Visit;
  types: readonly OfferedType[];
  plugins: readonly PluginStatus[];
}

function Types({ visit, types, plugins }: TypesProps) {
  if (types.length === 0) return <Empty icon="plugins" text="No job types available. Enable a plugin first." />;
  return (
    <div class="types">
      {byPlugin(types).map(([name, own]) => {
        const plugin = plugins.find((one) => one.name === name);
        return (
          <section>
            <h2>{plugin ? titleOf(plugin) : (name ?? 'Application')}</h2>
            {plugin?.description ? <p>{plugin.description}</p> : null}
            <ul>
              {own.map(({ type, state }) => (
                <li>
                  <a href={visit.to('/add', { type })}>{type}</a>{' '}
                  {state === 'parked' ? <StateMark state="parked" /> : null}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function byPlugin(types: readonly OfferedType[]): [string | null, OfferedType[]][] {
  const groups = new Map<string | null, OfferedType[]>();
  for (const type of types) groups.set(type.plugin, [...(groups.get(type.plugin) ?? []), type]);
  return [...groups].sort(([a], [b]) => (a ?? '~').localeCompare(b ?? '~', 'en'));
}

function withoutUploads(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((inner) => !isUpload(inner)).map(withoutUploads);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => !isUpload(inner));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutUploads(inner)]));
}

const hasUploads = (value: unknown): boolean => JSON.stringify(withoutUploads(value)) !== JSON.stringify(value);

interface Asked {
  type: OfferedType;
  /** The id of the job to copy, and the job, unless it is gone: what was typed is not lost with it. */
  from: string | undefined;
  job: Job | undefined;
}

const fieldsOf = (type: OfferedType) => formOf(type.schema, jobOptions(type));

/** What the form starts with: the copied job without its secrets and files, or the example. */
function startOf({ query }: Visit, { type, job }: Asked): object {
  if (!job) return { data: query.example === '1' ? (type.example ?? undefined) : undefined };
  const data = withoutUploads(masked(job.data, type.schema));
  return { data, ...optionsIn({ ...job, delay: null, idempotencyKey: null, key: null }) };
}

export async function addPage(visit: Visit): Promise<Page> {
  const { query } = visit;
  const { types, asked } = await readAsked(visit);
  if (asked) return formPage(visit, asked, openForm(fieldsOf(asked.type), startOf(visit, asked)));
  const plugins = await visit.plugins.list(visit.actor);
  return {
    title: 'Add a job',
    children: (
      <article>
        <h1>Add a job</h1>
        <p class="lead">{query.type === undefined ? 'Choose a job type' : 'Unknown job type.'}</p>
        <Types visit={visit} types={types} plugins={plugins} />
      </article>
    ),
  };
}

/** Redirects to the new job, or shows the form again with the errors. Throws `FORBIDDEN`, `UNKNOWN_TYPE`. */
export async function addPosted(visit: Visit, posted: Posted): Promise<Answer> {
  const { asked } = await readAsked(visit);
  if (!asked) throw new JobsError('UNKNOWN_TYPE', 'Unknown job type.');
  const { type, from, job: copied } = asked;
  // The script asks for the job as JSON, which it sends with the files.
  const forScript = posted.do === 'job';
  const show = (form: FormState) => formPage(visit, asked, form);
  return take({
    field: fieldsOf(type),
    posted,
    use: forScript ? 'job' : 'add',
    show,
    save: async ({ data: typed = {}, ...options }, form) => {
      if (posted.errors !== undefined)
        throw new JobsError('INVALID_DATA', 'The API refused the job.', { errors: errorsIn(posted.errors) });
      // What goes to the browser has no secrets.
      const known = forScript ? undefined : withoutUploads(copied?.data);
      const data = from === undefined ? typed : unmasked(typed, known, type.schema);
      const job: NewJob = { type: type.type, data, ...(copied?.about && { about: copied.about }), ...options };
      if (forScript) return form.mistakes.length > 0 ? show(form) : Response.json(job);
      const { id } = await visit.jobs.add(visit.actor, job);
      return seeOther(visit.base, jobPath(id), { notice: 'job.add' });
    },
  });
}

/** The errors that the HTTP API gave the script. */
function errorsIn(text: string): FieldError[] {
  const typed = readJson(text);
  const list: unknown[] = 'value' in typed && Array.isArray(typed.value) ? typed.value : [];
  return list.map((one) => {
    const { path, message } = Object(one) as Partial<FieldError>;
    return { path: String(path), message: String(message) };
  });
}

async function readAsked(visit: Visit): Promise<{ types: OfferedType[]; asked: Asked | undefined }> {
  const { may, query, jobs, actor } = visit;
  if (!may.add) throw new JobsError('FORBIDDEN', "You don't have permission to do this.");
  const [all, job] = await Promise.all([
    visit.types.list(actor),
    query.from ? ifThere(jobs.get(actor, query.from), 'JOB_NOT_FOUND') : undefined,
  ]);
  const types = all.filter(({ mayAdd }) => mayAdd);
  const type = types.find((one) => one.type === (job?.type ?? query.type));
  return { types, asked: type && { type, from: query.from || undefined, job } };
}

function formPage(visit: Visit, asked: Asked, form: FormState): Page {
  const { type, from } = asked;
  return {
    title: `Add a job: ${type.type}`,
    status: statusOf(form),
    children: (
      <article class="add">
        <Trail visit={visit} pages={{ '/': 'Jobs', '/add': 'Add a job' }} />
        <h1>{type.type}</h1>
        <Notes visit={visit} {...asked} />
        <SchemaForm
          form={form}
          action={visit.to('/add', { type: type.type, from })}
          use={{ name: 'add', label: 'Add job' }}
          beside={<OptionFields form={form} />}
        />
      </article>
    ),
  };
}

function Notes({ visit, type, from, job }: { visit: Visit } & Asked) {
  const { to } = visit;
  return (
    <div class="notes">
      {type.state === 'ready' ? null : (
        <p class="parked">
          The job will wait: {reasonText(type.reason)}.{' '}
          {type.plugin === null || type.reason === 'paused' ? null : (
            <>
              Plugin: <a href={to(pluginPath(type.plugin))}>{type.plugin}</a>
            </>
          )}
        </p>
      )}
      {type.schema === null ? (
        <p>No schema is available for this type. Enter JSON; it is validated when the job runs.</p>
      ) : null}
      {job === undefined ? null : (
        <p>
          Copied from <a href={to(jobPath(job.id))}>another job</a>.{' '}
          {hasUploads(job.data) ? 'Files are not copied. Select them again.' : null}
        </p>
      )}
      {from !== undefined || type.example === null || visit.query.example === '1' ? null : (
        <p>
          <a href={to('/add', { type: type.type, example: '1' })}>Fill in an example</a>
        </p>
      )}
    </div>
  );
}
