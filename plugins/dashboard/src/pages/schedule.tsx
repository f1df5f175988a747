// The page of a schedule: next runs, last jobs and its form; and the page for a new schedule.
/** @jsxImportSource hono/jsx */
import { ClientError, type ScheduleDetail } from '@phraseworks/sdk/client';
import { seeOther } from '../address.ts';
import { ifNotFound } from '../api.ts';
import type { Posted } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import {
  type Draft,
  draftOf,
  isRefused,
  newDraft,
  readDraft,
  refused,
  ScheduleForm,
  type Types,
} from '../schedule/form.tsx';
import { readNextRuns } from '../schedule/preview.tsx';
import { readLastJobs, readSchedule, schedulePath } from '../schedule/read.ts';
import { Coming, Head, History } from '../schedule/view.tsx';
import type { Visit } from '../visit.ts';

const NEW = '/schedules/new';

/** Throws `ClientError`. */
export async function schedulePage(visit: Visit, name: string): Promise<Page> {
  const [schedule, { types }] = await Promise.all([readSchedule(visit.api, name), visit.api.types()]);
  return pageOf(visit, schedule, draftOf(schedule, types), types);
}

/** Throws `ClientError`. */
export async function changeSchedule(visit: Visit, name: string, fields: Posted): Promise<Answer> {
  const { api, base } = visit;
  const [schedule, { types }] = await Promise.all([readSchedule(api, name), api.types()]);
  const { draft, change } = readDraft(fields, types, schedule);
  const again = async (made: Draft, status: number): Promise<Answer> => ({
    ...(await pageOf(visit, schedule, made, types)),
    follows: undefined,
    status,
  });
  if (!change) return again(draft, isRefused(draft) ? 400 : 200);
  const error = await errorOf(api.send('PUT', `/api/schedules/${encodeURIComponent(name)}`, change));
  return error ? again(refused(draft, error.errors), error.status) : seeOther(base, schedulePath(name), SAVED);
}

/** Throws `ClientError`. */
export async function newSchedulePage(visit: Visit): Promise<Page> {
  const { types } = await typesToSchedule(visit);
  return newPage(visit, newDraft(types, visit.query.type ?? ''), types);
}

/** Throws `ClientError`. */
export async function addSchedule(visit: Visit, fields: Posted): Promise<Answer> {
  const { api, base } = visit;
  const { types } = await typesToSchedule(visit);
  const { draft, change } = readDraft(fields, types);
  const again = async (made: Draft, status: number): Promise<Answer> => ({
    ...(await newPage(visit, made, types)),
    status,
  });
  if (!change) return again(draft, isRefused(draft) ? 400 : 200);
  const name = draft.texts.name ?? '';
  // Saving would overwrite a schedule of the same name.
  if (name !== '' && (await readSchedule(api, name).catch(ifNotFound(undefined))))
    return again(
      refused(draft, [{ path: 'name', message: 'is taken: edit that schedule, or choose another name' }]),
      409,
    );
  const error = await errorOf(api.send('POST', '/api/schedules', { name, ...change }));
  return error ? again(refused(draft, error.errors), error.status) : seeOther(base, schedulePath(name), SAVED);
}

const SAVED = { notice: 'scheduleSaved' };

function typesToSchedule({ api, may }: Visit) {
  if (!may.administer) throw new ClientError('FORBIDDEN', 'Only administrators can create schedules.', { status: 403 });
  return api.types();
}

/** Each of its errors names a field; without errors of its own, the form. */
async function errorOf(sent: Promise<unknown>): Promise<Pick<ClientError, 'status' | 'errors'> | null> {
  try {
    await sent;
    return null;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { status, errors, message } = error;
    return { status, errors: errors.length > 0 ? errors : [{ path: '', message }] };
  }
}

async function newPage(visit: Visit, draft: Draft, types: Types): Promise<Page> {
  const next = await nextOf(visit, draft);
  return {
    title: 'New schedule',
    children: (
      <article class="schedule">
        <Trail visit={visit} />
        <h1>New schedule</h1>
        <ScheduleForm visit={visit} action={NEW} draft={draft} types={types} isNew next={next} />
      </article>
    ),
  };
}

const nextOf = ({ api }: Visit, { texts }: Draft) => readNextRuns(api, texts.schedule ?? '', texts.timezone ?? '');

const Trail = ({ visit: { to } }: { visit: Visit }) => (
  <p class="trail">
    <a href={to('/schedules')}>Schedules</a>
  </p>
);

async function pageOf(visit: Visit, schedule: ScheduleDetail, draft: Draft, types: Types): Promise<Page> {
  const { may } = visit;
  const { texts } = draft;
  // Those of the stored times are listed above the form.
  const isStored = texts.schedule === schedule.schedule && texts.timezone === schedule.timezone;
  const [jobs, next] = await Promise.all([
    readLastJobs(visit.api, schedule.name),
    isStored ? { runs: [], errors: [] } : nextOf(visit, draft),
  ]);
  return {
    title: schedule.name,
    // A live update would replace the rejected input with the stored values.
    follows: isRefused(draft) ? undefined : { types: [schedule.type] },
    children: (
      <article class="schedule">
        <Trail visit={visit} />
        <Head visit={visit} schedule={schedule} />
        <div class="columns">
          <Coming visit={visit} schedule={schedule} types={types} />
          <History visit={visit} schedule={schedule} jobs={jobs} />
        </div>
        {may.administer ? (
          <section aria-labelledby="change">
            <h2 id="change">Edit schedule</h2>
            {schedule.declared ? <p class="faint">Changes persist across restarts.</p> : null}
            <ScheduleForm
              visit={visit}
              action={schedulePath(schedule.name)}
              draft={draft}
              types={types}
              isNew={false}
              next={next}
            />
          </section>
        ) : null}
      </article>
    ),
  };
}
