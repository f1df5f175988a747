// A schedule as a form holds it: all of it text, so that nothing that was typed is lost. Pure.
import type { FieldError, MissedRuns } from '@phraseworks/sdk';
import { notJson, readJson } from '../job/json-text.ts';
import { masksIn, redact, unredact } from '../job/redact.ts';
import { visible } from '../job/shown.ts';
import type { ScheduleDetail } from './read.ts';

export const FIELDS = ['name', 'schedule', 'timezone', 'missed', 'most', 'type', 'data', 'options'] as const;
export type FieldName = (typeof FIELDS)[number];
export type Draft = Record<FieldName, string>;
/** What is wrong, by field; the empty one is for what belongs to none. */
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

/** With the secrets of its data hidden. */
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

/** What a form sent; a field that it did not have is as `fallback` has it. */
export const readDraft = (fields: Record<string, string>, fallback: Draft): Draft =>
  Object.fromEntries(FIELDS.map((name) => [name, fields[name] ?? fallback[name]])) as Draft;

/** The body of a request. */
export interface Change {
  schedule: string;
  timezone: string;
  missed: MissedRuns;
  jobData: Record<string, unknown>;
}

/** `known`: the job that is changed, whose hidden secrets are put back. */
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

/** The mistakes that the API found, at the fields they are about. */
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
