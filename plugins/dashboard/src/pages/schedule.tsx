// The page of a schedule: next runs, last jobs and its form; and the page for a new schedule.
/** @jsxImportSource hono/jsx */
import { JobsError, type ScheduleDetail } from '@phraseworks/sdk';
import { schedulePath, seeOther } from '../address.ts';
import { type FormState, type Posted, statusOf, take } from '../form/state.ts';
import type { Answer, Page } from '../layout.tsx';
import { Trail } from '../parts.tsx';
import { ifThere } from '../refusal.ts';
import { changeIn, fieldsOf, newSchedule, openSchedule, ScheduleForm, type Types, textIn } from '../schedule/form.tsx';
import { readNextRuns } from '../schedule/preview.tsx';
import { Coming, History, readLastJobs, ScheduleHead } from '../schedule/view.tsx';
import type { Visit } from '../visit.ts';

const NEW = '/schedules/new';

const readSchedule = ({ schedules, types, actor }: Visit, name: string) =>
  Promise.all([schedules.get(actor, name), types.list(actor)]);

export async function schedulePage(visit: Visit, name: string): Promise<Page> {
  const [schedule, types] = await readSchedule(visit, name);
  return pageOf(visit, schedule, openSchedule(schedule, types), types);
}

export async function changeSchedule(visit: Visit, name: string, posted: Posted): Promise<Answer> {
  const [schedule, types] = await readSchedule(visit, name);
  return take({
    field: fieldsOf(types, posted.type),
    posted,
    use: 'save',
    pathOf,
    show: (form) => pageOf(visit, schedule, form, types),
    save: async (typed) => {
      await visit.schedules.change(visit.actor, name, changeIn(typed, types, schedule));
      return saved(visit, name);
    },
  });
}

export async function newSchedulePage(visit: Visit): Promise<Page> {
  const types = await typesToSchedule(visit);
  return newPage(visit, newSchedule(types, visit.query.type ?? ''), types);
}

export async function addSchedule(visit: Visit, posted: Posted): Promise<Answer> {
  const { schedules, actor } = visit;
  const types = await typesToSchedule(visit);
  return take({
    field: fieldsOf(types, posted.type),
    posted,
    use: 'save',
    pathOf,
    show: (form) => newPage(visit, form, types),
    save: async (typed) => {
      const name = textIn(typed.name);
      // Saving would overwrite a schedule of the same name.
      if (name !== '' && (await ifThere(schedules.get(actor, name), 'SCHEDULE_NOT_FOUND')))
        throw new JobsError('INVALID_STATE', 'The name is taken.', { errors: [TAKEN] });
      await schedules.save(actor, { name, ...changeIn(typed, types) });
      return saved(visit, name);
    },
  });
}

const TAKEN = { path: 'name', message: 'is taken: edit that schedule, or choose another name' };

const pathOf = (path: string): string => path.replace(/^jobData\./, '');

const saved = ({ base }: Visit, name: string): Response =>
  seeOther(base, schedulePath(name), { notice: 'schedule.save' });

function typesToSchedule({ types, actor, may }: Visit) {
  if (!may.administer) throw new JobsError('FORBIDDEN', 'Only administrators can create schedules.');
  return types.list(actor);
}

async function newPage(visit: Visit, form: FormState, types: Types): Promise<Page> {
  const next = await nextOf(visit, form);
  return {
    title: 'New schedule',
    status: statusOf(form),
    children: (
      <article class="schedule">
        <Trail visit={visit} pages={{ '/schedules': 'Schedules' }} />
        <h1>New schedule</h1>
        <ScheduleForm visit={visit} action={NEW} form={form} types={types} isNew next={next} />
      </article>
    ),
  };
}

const nextOf = (visit: Visit, { draft }: FormState) =>
  readNextRuns(visit, draft.get('schedule') ?? '', draft.get('timezone') ?? '');

async function pageOf(visit: Visit, schedule: ScheduleDetail, form: FormState, types: Types): Promise<Page> {
  const { may } = visit;
  // Those of the stored times are listed above the form.
  const isStored = form.draft.get('schedule') === schedule.schedule && form.draft.get('timezone') === schedule.timezone;
  const [jobs, next] = await Promise.all([
    readLastJobs(visit, schedule.name),
    isStored ? { runs: [], errors: [] } : nextOf(visit, form),
  ]);
  return {
    title: schedule.name,
    status: statusOf(form),
    // A live update would replace what was typed with the stored values.
    follows: form.isTyped ? undefined : { types: [schedule.type] },
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
              form={form}
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
