// The page of a schedule: next runs, last jobs and its form; and the page for a new schedule.
/** @jsxImportSource hono/jsx */
import { ClientError, type ScheduleDetail } from '@phraseworks/sdk/client';
import type { Page } from '../layout.tsx';
import { readClockChange } from '../schedule/clock-change.tsx';
import {
  changeOf,
  type Draft,
  draftOf,
  EMPTY,
  type Mistakes,
  mistakesOf,
  readDraft,
  ScheduleForm,
} from '../schedule/form.tsx';
import { findSchedule, readLastJobs, readSchedule, schedulePath } from '../schedule/read.ts';
import { Coming, Head, Last } from '../schedule/view.tsx';
import type { Visit } from '../visit.ts';

type Fields = Record<string, string>;
type Answer = (Page & { status?: number }) | Response;

const NEW = '/schedules/new';

/** Throws `ClientError`. */
export async function schedulePage(visit: Visit, name: string): Promise<Page> {
  const schedule = await readSchedule(visit.api, name);
  const { types } = await visit.api.types();
  const schema = types.find(({ type }) => type === schedule.type)?.schema;
  return pageOf(visit, schedule, draftOf(schedule, schema), {});
}

/** Throws `ClientError`. */
export async function changeSchedule(visit: Visit, name: string, fields: Fields): Promise<Answer> {
  const { api, to } = visit;
  const [schedule, { types }] = await Promise.all([readSchedule(api, name), api.types()]);
  const schema = types.find(({ type }) => type === schedule.type)?.schema;
  const draft = readDraft(fields, draftOf(schedule, schema));
  const made = changeOf(draft, { data: schedule.jobData.data, schema });
  if ('mistakes' in made) return { ...(await pageOf(visit, schedule, draft, made.mistakes)), status: 400 };
  const refused = await refusalOf(api.send('PUT', `/api/schedules/${encodeURIComponent(name)}`, made.change));
  if (!refused) return seeOther(to(schedulePath(name), { notice: 'scheduleSaved' }));
  const page = await pageOf(visit, schedule, draft, mistakesOf(refused.errors, refused.message));
  return { ...page, status: refused.status };
}

/** Throws `ClientError`. */
export async function newSchedulePage(visit: Visit): Promise<Page> {
  const { type = '' } = visit.query;
  return newPage(visit, { ...EMPTY, type }, {});
}

/** Throws `ClientError`. */
export async function addSchedule(visit: Visit, fields: Fields): Promise<Answer> {
  const { api, to } = visit;
  const draft = readDraft(fields, EMPTY);
  const again = async (status: number, mistakes: Mistakes): Promise<Answer> => ({
    ...(await newPage(visit, draft, mistakes)),
    status,
  });
  const made = changeOf(draft, undefined);
  if ('mistakes' in made) return again(400, made.mistakes);
  const name = draft.name.trim();
  // Saving would overwrite a schedule of the same name.
  if (name !== '' && (await findSchedule(api, name)))
    return again(409, { name: ['This name is taken. Edit that schedule, or choose another name.'] });
  const refused = await refusalOf(api.send('POST', '/api/schedules', { name, ...made.change }));
  return refused
    ? again(refused.status, mistakesOf(refused.errors, refused.message))
    : seeOther(to(schedulePath(name), { notice: 'scheduleSaved' }));
}

const seeOther = (to: string): Response => new Response(null, { status: 303, headers: { Location: to } });

async function refusalOf(sent: Promise<unknown>): Promise<ClientError | null> {
  try {
    await sent;
    return null;
  } catch (error) {
    if (error instanceof ClientError) return error;
    throw error;
  }
}

async function newPage(visit: Visit, draft: Draft, mistakes: Mistakes): Promise<Page> {
  if (!visit.may.administer)
    throw new ClientError('FORBIDDEN', 'Only administrators can create schedules.', { status: 403 });
  const { types } = await visit.api.types();
  const form = { draft, mistakes, types: types.map(({ type }) => type), isNew: true };
  return {
    title: 'New schedule',
    children: (
      <article class="schedule">
        <Trail visit={visit} />
        <h1>New schedule</h1>
        <ScheduleForm visit={visit} action={NEW} back="/schedules" {...form} />
      </article>
    ),
  };
}

const Trail = ({ visit: { to } }: { visit: Visit }) => (
  <div class="trail">
    <p>
      <a href={to('/schedules')}>Schedules</a>
    </p>
  </div>
);

async function pageOf(visit: Visit, schedule: ScheduleDetail, draft: Draft, mistakes: Mistakes): Promise<Page> {
  const { api, may } = visit;
  const [jobs, change, { types }] = await Promise.all([
    readLastJobs(api, schedule.name),
    readClockChange(visit, schedule),
    api.types(),
  ]);
  const form = { draft, mistakes, types: types.map(({ type }) => type), isNew: false };
  return {
    title: schedule.name,
    // A live update would replace the rejected input with the stored values.
    follows: Object.keys(mistakes).length > 0 ? undefined : { types: [schedule.type] },
    children: (
      <article class="schedule">
        <Trail visit={visit} />
        <Head visit={visit} schedule={schedule} />
        <div class="columns">
          <Coming schedule={schedule} change={change} />
          <Last visit={visit} schedule={schedule} jobs={jobs} />
        </div>
        {may.administer ? (
          <section aria-labelledby="change">
            <h2 id="change">Edit schedule</h2>
            {schedule.declared ? <p class="faint">Changes persist across restarts.</p> : null}
            <ScheduleForm visit={visit} action={schedulePath(schedule.name)} back="/schedules" {...form} />
          </section>
        ) : null}
      </article>
    ),
  };
}
