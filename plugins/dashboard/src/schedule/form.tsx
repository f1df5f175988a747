// The form of a schedule: its times, and the data and options of its job.
/** @jsxImportSource hono/jsx */

import type { NewJob, OfferedType, ScheduleChange, ScheduleDetail } from '@phraseworks/sdk';
import type { Node } from '@phraseworks/sdk/secrets';
import { fieldOf, formOf, type GroupField } from '../form/field.ts';
import { Part, SchemaForm } from '../form/form.tsx';
import { Below, inputOf, Must, type PlaceProps, ShowFields } from '../form/inputs.tsx';
import { jobOptions, OptionFields, optionsIn } from '../form/job-options.tsx';
import { type FormState, openForm } from '../form/state.ts';
import { masked, unmasked } from '../job/secrets.ts';
import { Options as Choices, LinkButton } from '../parts.tsx';
import type { Visit } from '../visit.ts';
import { type NextRuns, Preview } from './preview.tsx';

const OWN = {
  name: { type: 'string', title: 'Name', description: 'Letters, digits and _.:-' },
  type: { type: 'string', title: 'Job type' },
  schedule: {
    type: 'string',
    title: 'Cron expression',
    examples: ['0 9 * * 1-5'],
    description:
      'Minute, hour, day, month, weekday; with six fields, seconds first. 0 9 * * 1-5 is Monday to Friday at 09:00.',
  },
  timezone: {
    type: 'string',
    title: 'Time zone',
    examples: ['UTC', ...Intl.supportedValuesOf('timeZone')],
    description: 'Such as Europe/Berlin.',
  },
  missed: { type: 'string', title: 'Missed runs' },
  most: { type: 'number', title: 'At most' },
};

const START = { timezone: 'UTC', missed: 'once', most: 10 };

export type Types = readonly OfferedType[];

/** Without a type there is no data to fill in yet. */
const schemaOf = (types: Types, type: unknown): unknown =>
  type === '' ? { const: null } : types.find((one) => one.type === type)?.schema;

export const fieldsOf = (types: Types, type = ''): GroupField =>
  formOf(schemaOf(types, type), { ...OWN, ...jobOptions(types.find((one) => one.type === type)) });

/** Masks the secrets of its data. */
export function openSchedule({ schedule, timezone, missed, jobData }: ScheduleDetail, types: Types): FormState {
  const { type, data } = jobData;
  return openForm(fieldsOf(types, type), {
    ...START,
    ...(typeof missed === 'object' ? { missed: 'all', most: missed.all } : { missed }),
    ...optionsIn(jobData),
    schedule,
    timezone,
    type,
    data: masked(data, schemaOf(types, type)),
  });
}

export const newSchedule = (types: Types, type: string): FormState =>
  openForm(fieldsOf(types, type), { ...START, type: type === '' ? undefined : type });

type Change = Required<Pick<ScheduleChange, 'schedule' | 'timezone' | 'missed'>> & { jobData: NewJob };

/** `known`: the stored job, whose secrets replace their masks. Throws `INVALID_DATA`. */
export function changeIn(typed: Node, types: Types, known?: ScheduleDetail): Change {
  const { type = '', data = {}, missed, most } = typed;
  const whole = unmasked(data, known?.jobData.data, schemaOf(types, type));
  return {
    schedule: textIn(typed.schedule),
    timezone: textIn(typed.timezone),
    jobData: { ...optionsIn(typed), type: textIn(type), data: whole },
    missed: missed === 'all' ? { all: Number(most) } : missed === 'skip' ? 'skip' : 'once',
  };
}

export const textIn = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');

interface FormProps {
  visit: Visit;
  action: string;
  form: FormState;
  types: Types;
  isNew: boolean;
  next: NextRuns;
}

export function ScheduleForm({ visit, action, form, types, isNew, next }: FormProps) {
  const { draft, mistakes } = form;
  const own = (name: keyof typeof OWN) => {
    const field = fieldOf(OWN[name]);
    return {
      field,
      place: name,
      label: OWN[name].title,
      form,
      must: true,
      needed: true,
      named: true,
    };
  };
  return (
    <SchemaForm
      form={form}
      action={visit.to(action)}
      use={{ name: 'save', label: isNew ? 'Create schedule' : 'Save' }}
      before={
        <div class="fields">
          {isNew ? <Part {...own('name')} /> : null}
          <TypeChoice {...own('type')} types={types} />
          <div class="field wide">
            <Part {...own('schedule')} />
            <output for="schedule timezone" data-next={visit.to('/schedules/next')}>
              <Preview
                pattern={draft.get('schedule') ?? ''}
                zone={draft.get('timezone') ?? ''}
                reader={visit.zone}
                next={mistakes.length > 0 ? { ...next, errors: [] } : next}
              />
            </output>
          </div>
          <Part {...own('timezone')} />
          <Missed {...own('missed')} />
          {(draft.get('type') ?? '') === '' ? null : <h2 class="wide">Job data</h2>}
        </div>
      }
      beside={<OptionFields form={form} />}
    >
      <LinkButton href={visit.to('/schedules')}>Cancel</LinkButton>
    </SchemaForm>
  );
}

/** Another type has other fields. */
function TypeChoice({ types, ...props }: PlaceProps & { types: Types }) {
  const chosen = props.form.draft.get('type') ?? '';
  const all = [...new Set([chosen, ...types.map(({ type }) => type)])].sort();
  return (
    <div class="field">
      <label for="type">
        {props.label} <Must />
      </label>
      <select {...inputOf(props)} data-shape>
        <Choices all={all.map((type) => [type, type || 'Choose a job type'])} chosen={chosen} />
      </select>
      <ShowFields />
      <Below {...props} />
    </div>
  );
}

function Missed(props: PlaceProps) {
  const { draft } = props.form;
  const choice = (value: string, label: string) => (
    <label>
      <input type="radio" name="missed" value={value} checked={draft.get('missed') === value} /> {label}
    </label>
  );
  return (
    <fieldset class="field missed" id="missed">
      <legend>{props.label}</legend>
      {choice('once', 'Run once')}
      {choice('skip', 'Skip')}
      <div>
        {choice('all', 'Run each, up to')}
        <input
          type="number"
          name="most"
          min={1}
          max={100}
          value={draft.get('most')}
          aria-label="Maximum number of missed runs"
        />
      </div>
      <Below {...props} />
    </fieldset>
  );
}
