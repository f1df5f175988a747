// The form of a schedule: its times, and the data and options of its job.
/** @jsxImportSource hono/jsx */

import type { FieldError, MissedRuns, NewJob, OfferedType, ScheduleDetail } from '@phraseworks/sdk';
import { fieldOf } from '../form/field.ts';
import { besideData, type Mistake, Part, SchemaForm } from '../form/form.tsx';
import { Below, Must, ShowFields } from '../form/inputs.tsx';
import { OPTIONS, OptionFields, type Options, optionsOf, optionsOfJob, readOptions } from '../form/job-options.tsx';
import { type FormState, openForm, submit, withErrors } from '../form/state.ts';
import { masked, masksIn, restored } from '../job/secrets.ts';
import { Options as Choices, LinkButton } from '../parts.tsx';
import type { Visit } from '../visit.ts';
import { type NextRuns, Preview } from './preview.tsx';

const LABELS: Record<string, string> = {
  name: 'Name',
  schedule: 'Cron expression',
  timezone: 'Time zone',
  missed: 'Missed runs',
  type: 'Job type',
};

/** A form as typed. */
export interface Draft {
  /** The texts by name, but for the data of the job. */
  texts: Options;
  form: FormState;
  /** The errors of these texts. */
  errors: readonly FieldError[];
}

const EMPTY = { name: '', schedule: '', timezone: 'UTC', missed: 'once', most: '10', type: '' };

export type Types = readonly OfferedType[];
/** Without a type there is nothing to fill in yet. */
const schemaOf = (types: Types, type: string | undefined): unknown =>
  type === '' ? { const: null } : types.find((one) => one.type === type)?.schema;

/** Masks the secrets of its data. */
export function draftOf({ schedule, timezone, missed, jobData }: ScheduleDetail, types: Types): Draft {
  const { type, data, ...options } = jobData;
  const schema = schemaOf(types, type);
  const texts = {
    ...EMPTY,
    ...optionsOfJob(options),
    ...{ schedule, timezone, type },
    ...(typeof missed === 'object' ? { missed: 'all', most: String(missed.all) } : { missed }),
  };
  return { texts, form: openForm(fieldOf(schema), masked(data, schema)), errors: [] };
}

export const newDraft = (types: Types, type: string): Draft => ({
  texts: { ...EMPTY, type },
  form: openForm(fieldOf(schemaOf(types, type)), undefined),
  errors: [],
});

interface Change {
  schedule: string;
  timezone: string;
  missed: MissedRuns;
  jobData: NewJob;
}

/** Without a change, the form is shown again. `known`: the stored job, whose secrets replace their masks. */
export function readDraft(posted: Options, types: Types, known?: ScheduleDetail): { draft: Draft; change?: Change } {
  const texts: Options = {
    ...Object.fromEntries(Object.entries(EMPTY).map(([name, text]) => [name, (posted[name] ?? text).trim()])),
    ...optionsOf(posted),
  };
  const { schedule = '', timezone = '', missed, most, type = '' } = texts;
  const schema = schemaOf(types, type);
  const { form, value } = submit(fieldOf(schema), posted, 'save');
  const draft = { texts, form, errors: [] };
  if (value === undefined) return { draft };
  const data = known ? restored(value, known.jobData.data, schema) : value;
  const left = masksIn(data, 'data').map((path) => ({ path, message: 'is hidden: enter it again' }));
  const { options, errors } = readOptions(texts);
  if (left.length + errors.length > 0) return { draft: refused(draft, [...left, ...errors]) };
  return {
    draft,
    change: {
      ...{ schedule, timezone, jobData: { ...options, type, data } },
      missed: missed === 'all' ? { all: Number(most) } : missed === 'skip' ? 'skip' : 'once',
    },
  };
}

/** Puts the errors at their fields. */
export function refused(draft: Draft, given: readonly FieldError[]): Draft {
  const nameOf = (path: string) => (path.startsWith('missed') ? 'missed' : path.replace(/^jobData\./, ''));
  const errors = given.map(({ path, message }) => ({ path: nameOf(path), message }));
  const isData = ({ path }: FieldError) => /^data(?:[.[]|$)/.test(path);
  return {
    ...draft,
    form: withErrors(draft.form, 'data', errors.filter(isData)),
    errors: errors.filter((error) => !isData(error)),
  };
}

export const isRefused = ({ form, errors }: Draft): boolean => form.mistakes.size + errors.length > 0;

const FIELDS = {
  name: { type: 'string', description: 'Letters, digits and _.:-' },
  schedule: {
    type: 'string',
    examples: ['0 9 * * 1-5'],
    description:
      'Minute, hour, day, month, weekday; with six fields, seconds first. 0 9 * * 1-5 is Monday to Friday at 09:00.',
  },
  timezone: {
    type: 'string',
    examples: ['UTC', ...Intl.supportedValuesOf('timeZone')],
    description: 'Such as Europe/Berlin.',
  },
};

type OwnProps = ReturnType<typeof besideData>;

interface FormProps {
  visit: Visit;
  action: string;
  draft: Draft;
  types: Types;
  isNew: boolean;
  next: NextRuns;
}

export function ScheduleForm({ visit, action, draft, types, isNew, next }: FormProps) {
  const { texts, form, errors } = draft;
  const type = types.find((one) => one.type === texts.type);
  const own = besideData(texts, errors);
  const part = (name: keyof typeof FIELDS) => (
    <Part {...own} field={fieldOf(FIELDS[name])} place={name} label={LABELS[name] ?? ''} needed />
  );
  const further = errors.flatMap(({ path, message }): Mistake[] => {
    if (OPTIONS.includes(path)) return [];
    const label = LABELS[path];
    return label === undefined ? [{ label: '', text: `${path} ${message}` }] : [{ place: path, label, text: message }];
  });
  return (
    <SchemaForm
      form={form}
      action={visit.to(action)}
      use={{ name: 'save', label: isNew ? 'Create schedule' : 'Save' }}
      further={further}
      before={
        <div class="fields">
          {isNew ? part('name') : null}
          <TypeChoice {...own} chosen={texts.type ?? ''} types={types} />
          <div class="field wide">
            {part('schedule')}
            <output for="schedule timezone" data-next={visit.to('/schedules/next')}>
              <Preview
                pattern={texts.schedule ?? ''}
                zone={texts.timezone ?? ''}
                reader={visit.zone}
                next={errors.length > 0 ? { ...next, errors: [] } : next}
              />
            </output>
          </div>
          {part('timezone')}
          <Missed {...own} typed={texts} />
          {texts.type === '' ? null : <h2 class="wide">Job data</h2>}
        </div>
      }
      beside={<OptionFields type={type} typed={texts} errors={errors} />}
    >
      <LinkButton href={visit.to('/schedules')}>Cancel</LinkButton>
    </SchemaForm>
  );
}

/** Another type has other fields. */
const TypeChoice = ({ chosen, types, ...props }: OwnProps & { chosen: string; types: Types }) => (
  <div class="field">
    <label for="type">
      Job type <Must />
    </label>
    <select id="type" name="type" required data-shape>
      <Choices
        all={[...new Set([chosen, ...types.map(({ type }) => type)])]
          .sort()
          .map((type) => [type, type || 'Choose a job type'])}
        chosen={chosen}
      />
    </select>
    <ShowFields />
    <Below {...props} field={{ kind: 'json' }} place="type" />
  </div>
);

function Missed({ typed, ...props }: OwnProps & { typed: Options }) {
  const choice = (value: string, label: string) => (
    <label>
      <input type="radio" name="missed" value={value} checked={typed.missed === value} /> {label}
    </label>
  );
  return (
    <fieldset class="field missed" id="missed">
      <legend>Missed runs</legend>
      {choice('once', 'Run once')}
      {choice('skip', 'Skip')}
      <div>
        {choice('all', 'Run each, up to')}
        <input
          type="number"
          name="most"
          min={1}
          max={100}
          value={typed.most}
          aria-label="Maximum number of missed runs"
        />
      </div>
      <Below {...props} field={{ kind: 'json' }} place="missed" />
    </fieldset>
  );
}
