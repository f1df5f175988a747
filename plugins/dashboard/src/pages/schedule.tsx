// The page of a schedule: next runs, last jobs and its form; and the page for a new schedule.
/** @jsxImportSource hono/jsx */
import { JobsError, type ScheduleDetail } from '@phraseworks/sdk';
import { schedulePath, seeOther } from '../address.ts';
import type { Posted } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { Trail } from '../parts.tsx';
import { ifThere, refusalOf } from '../refusal.ts';
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
import { Coming, History, readLastJobs, ScheduleHead } from '../schedule/view.tsx';
import type { Visit } from '../visit.ts';

const NEW = '/schedules/new';

export async function schedulePage(visit: Visit, name: string): Promise<Page> {
  const { schedules, actor } = visit;
  const [schedule, types] = await Promise.all([schedules.get(actor, name), visit.types.list(actor)]);
  return pageOf(visit, schedule, draftOf(schedule, types), types);
}

export async function changeSchedule(visit: Visit, name: string, fields: Posted): Promise<Answer> {
  const { schedules, actor } = visit;
  const [schedule, types] = await Promise.all([schedules.get(actor, name), visit.types.list(actor)]);
  const { draft, change } = readDraft(fields, types, schedule);
  const again: Again = (made) => pageOf(visit, schedule, made, types);
  if (!change) return unsaved(draft, again);
  const error = await refusalOf(schedules.change(actor, name, change), '');
  return error ? unsaved(refused(draft, error.errors), again, error.status) : saved(visit, name);
}

export async function newSchedulePage(visit: Visit): Promise<Page> {
  const types = await typesToSchedule(visit);
  return newPage(visit, newDraft(types, visit.query.type ?? ''), types);
}

export async function addSchedule(visit: Visit, fields: Posted): Promise<Answer> {
  const { schedules, actor } = visit;
  const types = await typesToSchedule(visit);
  const { draft, change } = readDraft(fields, types);
  const again: Again = (made) => newPage(visit, made, types);
  if (!change) return unsaved(draft, again);
  const name = draft.texts.name ?? '';
  // Saving would overwrite a schedule of the same name.
  if (name !== '' && (await ifThere(schedules.get(actor, name), 'SCHEDULE_NOT_FOUND')))
    return unsaved(refused(draft, [TAKEN]), again, 409);
  const error = await refusalOf(schedules.save(actor, { name, ...change }), '');
  return error ? unsaved(refused(draft, error.errors), again, error.status) : saved(visit, name);
}

const TAKEN = { path: 'name', message: 'is taken: edit that schedule, or choose another name' };

type Again = (made: Draft) => Promise<Page>;

/** The form again, without live updates, which would lose what was typed. */
const unsaved = async (made: Draft, again: Again, status = isRefused(made) ? 400 : 200): Promise<Answer> => ({
  ...(await again(made)),
  follows: undefined,
  status,
});

const saved = ({ base }: Visit, name: string): Response =>
  seeOther(base, schedulePath(name), { notice: 'schedule.save' });

function typesToSchedule({ types, actor, may }: Visit) {
  if (!may.administer) throw new JobsError('FORBIDDEN', 'Only administrators can create schedules.');
  return types.list(actor);
}

async function newPage(visit: Visit, draft: Draft, types: Types): Promise<Page> {
  const next = await nextOf(visit, draft);
  return {
    title: 'New schedule',
    children: (
      <article class="schedule">
        <Trail visit={visit} pages={{ '/schedules': 'Schedules' }} />
        <h1>New schedule</h1>
        <ScheduleForm visit={visit} action={NEW} draft={draft} types={types} isNew next={next} />
      </article>
    ),
  };
}

const nextOf = (visit: Visit, { texts }: Draft) => readNextRuns(visit, texts.schedule ?? '', texts.timezone ?? '');

async function pageOf(visit: Visit, schedule: ScheduleDetail, draft: Draft, types: Types): Promise<Page> {
  const { may } = visit;
  const { texts } = draft;
  // Those of the stored times are listed above the form.
  const isStored = texts.schedule === schedule.schedule && texts.timezone === schedule.timezone;
  const [jobs, next] = await Promise.all([
    readLastJobs(visit, schedule.name),
    isStored ? { runs: [], errors: [] } : nextOf(visit, draft),
  ]);
  return {
    title: schedule.name,
    // A live update would replace the rejected input with the stored values.
    follows: isRefused(draft) ? undefined : { types: [schedule.type] },
    children: (
      <article class="schedule">
        <Trail visit={visit} pages={{ '/schedules': 'Schedules' }} />
        <ScheduleHead visit={visit} schedule={schedule} />
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
