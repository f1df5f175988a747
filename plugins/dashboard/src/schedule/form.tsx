// The form of a schedule: its fields as text, what they mean, and errors beside them.
/** @jsxImportSource hono/jsx */

import type { FieldError, MissedRuns } from '@phraseworks/sdk';
import type { ScheduleDetail } from '@phraseworks/sdk/client';
import type { Child } from 'hono/jsx';
import { notJson, readJson } from '../job/json-text.ts';
import { masksIn, redact, unredact } from '../job/redact.ts';
import { shown, visible } from '../text.ts';
import type { Visit } from '../visit.ts';
import { patternText } from './pattern.ts';

const FIELDS = ['name', 'schedule', 'timezone', 'missed', 'most', 'type', 'data', 'options'] as const;
type FieldName = (typeof FIELDS)[number];
export type Draft = Record<FieldName, string>;
/** Error messages by field; the empty key is for the whole form. */
export type Mistakes = Partial<Record<FieldName | '', string[]>>;

const MOST_MISSED = '10';
export const EMPTY: Draft = {
  name: '',
  schedule: '',
  timezone: 'UTC',
  missed: 'once',
  most: MOST_MISSED,
  type: '',
  data: '{}',
  options: '{}',
};

/** Masks the secrets of its data. */
export function draftOf({ name, schedule, timezone, missed, jobData }: ScheduleDetail, schema: unknown): Draft {
  const { type, data, ...options } = jobData;
  const all = typeof missed === 'object' ? missed.all : null;
  return {
    ...{ name, schedule, timezone, type },
    missed: all === null ? (missed as string) : 'all',
    most: all === null ? MOST_MISSED : String(all),
    data: visible(JSON.stringify(redact(data, schema).value, null, 2)),
    options: visible(JSON.stringify(options, null, 2)),
  };
}

/** Fields that the form did not send come from `fallback`. */
export const readDraft = (fields: Record<string, string>, fallback: Draft): Draft =>
  Object.fromEntries(FIELDS.map((name) => [name, fields[name] ?? fallback[name]])) as Draft;

/** The body of a request. */
interface Change {
  schedule: string;
  timezone: string;
  missed: MissedRuns;
  jobData: Record<string, unknown>;
}

/** `known`: the stored job, whose secrets replace their masks. */
export function changeOf(
  draft: Draft,
  known: { data: unknown; schema: unknown } | undefined,
): { change: Change } | { mistakes: Mistakes } {
  const mistakes: Mistakes = {};
  const typed = (field: 'data' | 'options'): unknown => {
    const read = readJson(draft[field]);
    if ('value' in read) return read.value;
    mistakes[field] = [notJson(read)];
    return undefined;
  };
  const data = known ? unredact(typed('data'), known.data, known.schema) : typed('data');
  const left = masksIn(data, 'data');
  if (left.length > 0) mistakes.data = left.map((path) => `${path} is hidden: enter it again`);
  const options = typed('options');
  const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (!isObject) mistakes.options ??= ['Must be a JSON object.'];
  if (Object.keys(mistakes).length > 0) return { mistakes };
  const { schedule, timezone, type } = draft;
  return {
    change: {
      schedule: schedule.trim(),
      timezone: timezone.trim(),
      missed: missedOf(draft),
      jobData: { ...(options as object), type: type.trim(), data },
    },
  };
}

const missedOf = ({ missed, most }: Draft): MissedRuns =>
  missed === 'all' ? { all: Number(most) } : missed === 'skip' ? 'skip' : 'once';

/** The errors of the API, by field. */
export function mistakesOf(errors: readonly FieldError[], message: string): Mistakes {
  if (errors.length === 0) return { '': [message] };
  const mistakes: Mistakes = {};
  for (const { path, message: text } of errors) {
    const [field, rest] = placeOf(path);
    mistakes[field] = [...(mistakes[field] ?? []), rest === '' ? text : `${rest} ${text}`];
  }
  return mistakes;
}

function placeOf(path: string): [field: FieldName | '', rest: string] {
  if (path === 'name' || path === 'schedule' || path === 'timezone') return [path, ''];
  if (path.startsWith('missed')) return ['missed', ''];
  const inner = /^jobData\.(.+)$/.exec(path)?.[1];
  if (inner === undefined) return ['', path];
  if (inner === 'type') return ['type', ''];
  return inner === 'data' || /^data[.[]/.test(inner) ? ['data', inner] : ['options', inner];
}

let zones: string[] | undefined;

function ZoneList({ id }: { id: string }) {
  zones ??= ['UTC', ...Intl.supportedValuesOf('timeZone')];
  return (
    <datalist id={id}>
      {zones.map((zone) => (
        <option value={zone} />
      ))}
    </datalist>
  );
}

const LONGEST_MISTAKE = 300;
const MOST_LINES = 24;

interface FormProps {
  visit: Visit;
  action: string;
  /** Where Cancel leads. */
  back: string;
  draft: Draft;
  mistakes: Mistakes;
  types: readonly string[];
  isNew: boolean;
}

export function ScheduleForm(props: FormProps) {
  const { visit, action, back, draft, mistakes, types, isNew } = props;
  const wrong = Object.keys(mistakes).length > 0;
  return (
    <form class="schedule-form" method="post" action={visit.to(action)} autocomplete="off" data-keep>
      {wrong ? (
        <p class="error" role="alert">
          Not saved. {(mistakes[''] ?? []).map((text) => shown(text, LONGEST_MISTAKE)).join('; ')}
        </p>
      ) : null}
      {isNew ? (
        <Line name="name" label="Name" help="Letters, digits and _.:-" mistakes={mistakes}>
          <input id="f-name" name="name" value={draft.name} required maxlength={100} {...described('name', mistakes)} />
        </Line>
      ) : null}
      <Line
        name="schedule"
        label="Cron expression"
        help="minute hour day month weekday; with six fields, seconds first. 0 9 * * 1-5 is Monday to Friday at 09:00."
        mistakes={mistakes}
      >
        <input
          id="f-schedule"
          name="schedule"
          class="mono"
          value={draft.schedule}
          required
          maxlength={100}
          placeholder="0 9 * * 1-5"
          spellcheck={false}
          data-pattern=""
          {...described('schedule', mistakes)}
        />
        <output for="f-schedule" data-pattern-words="">
          {patternText(draft.schedule)}
        </output>
      </Line>
      <Line name="timezone" label="Time zone" help="Such as Europe/Berlin." mistakes={mistakes}>
        <input
          id="f-timezone"
          name="timezone"
          value={draft.timezone}
          required
          maxlength={100}
          list="zones"
          spellcheck={false}
          {...described('timezone', mistakes)}
        />
        <ZoneList id="zones" />
      </Line>
      <Missed {...props} />
      <Line name="type" label="Job type" mistakes={mistakes}>
        <select id="f-type" name="type" required {...described('type', mistakes)}>
          {[...new Set([...(draft.type === '' ? [] : [draft.type]), ...types])].sort().map((type) => (
            <option value={type} selected={type === draft.type}>
              {type}
            </option>
          ))}
        </select>
      </Line>
      <Line name="data" label="Job data (JSON)" mistakes={mistakes}>
        <Json name="data" draft={draft} mistakes={mistakes} />
      </Line>
      <Line
        name="options"
        label="Job options (JSON)"
        help="priority, maxRetries, retryDelay, retryBackoff, timeout, delay; {} for none."
        mistakes={mistakes}
      >
        <Json name="options" draft={draft} mistakes={mistakes} />
      </Line>
      <div class="buttons">
        <button type="submit" class="primary">
          {isNew ? 'Create schedule' : 'Save'}
        </button>
        <a class="button" href={visit.to(back)}>
          Cancel
        </a>
      </div>
    </form>
  );
}

const described = (name: FieldName, mistakes: Mistakes) => ({
  'aria-describedby': `f-${name}-about`,
  'aria-invalid': mistakes[name] ? ('true' as const) : undefined,
});

interface LineProps {
  name: FieldName;
  label: string;
  help?: string;
  mistakes: Mistakes;
  children: Child;
}

const Line = ({ name, label, help, mistakes, children }: LineProps) => (
  <div class="line">
    <label for={`f-${name}`}>{label}</label>
    {children}
    <About name={name} help={help} mistakes={mistakes} />
  </div>
);

const About = ({ name, help, mistakes }: { name: FieldName; help?: string | undefined; mistakes: Mistakes }) => (
  <small id={`f-${name}-about`}>
    {(mistakes[name] ?? []).map((text) => (
      <span class="error">{shown(text, LONGEST_MISTAKE)}</span>
    ))}
    {help ?? ''}
  </small>
);

function Json({ name, draft, mistakes }: { name: 'data' | 'options'; draft: Draft; mistakes: Mistakes }) {
  const text = draft[name];
  const rows = Math.min(Math.max(text.split('\n').length + 1, 3), MOST_LINES);
  return (
    <textarea id={`f-${name}`} name={name} class="mono" rows={rows} spellcheck={false} {...described(name, mistakes)}>
      {`\n${text}`}
    </textarea>
  );
}

function Missed({ draft, mistakes }: FormProps) {
  const choice = (value: string, label: string, more?: Child) => (
    <label>
      <input type="radio" name="missed" value={value} checked={draft.missed === value} /> {label} {more}
    </label>
  );
  return (
    <fieldset class="line" aria-describedby="f-missed-about">
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
          value={draft.most}
          aria-label="Maximum number of missed runs"
        />
      </div>
      <About name="missed" mistakes={mistakes} />
    </fieldset>
  );
}
