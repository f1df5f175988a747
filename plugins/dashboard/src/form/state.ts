// The state of a form between two requests, as fields or as JSON, and what each button does to it.

import type { FieldError } from '@phraseworks/sdk';
import { readJson } from '../job/json-text.ts';
import {
  addRow,
  type Draft,
  draftOf,
  fill,
  jsonText,
  placeIn,
  ROOT,
  raiseRow,
  read,
  removeRow,
  rowsIn,
} from './draft.ts';
import { type Field, MOST_ROWS } from './field.ts';

/** Error messages, by place. */
export type Mistakes = ReadonlyMap<string, readonly string[]>;

/** Finds the field of each error, such as `data.operations[0].width`. `base` is the path of the whole value in them. */
function mistakesOf(field: Field, draft: Draft, base: string, errors: readonly FieldError[]): Mistakes {
  const found = new Map<string, string[]>();
  for (const { path, message } of errors) {
    const inside = path === base || path.startsWith(`${base}.`) || path.startsWith(`${base}[`);
    const keys = inside ? keysIn(path.slice(base.length)) : [];
    const { place, rest } = closest(field, draft, keys);
    const text = inside ? [...rest, message].join(' ') : `${path} ${message}`;
    found.set(place, [...(found.get(place) ?? []), text]);
  }
  return found;
}

const keysIn = (path: string): (string | number)[] =>
  (path.match(/[^.[\]]+/g) ?? []).map((key) => (/^\d+$/.test(key) ? Number(key) : key));

/** The deepest field on the path, and the rest of the path. */
function closest(root: Field, draft: Draft, keys: readonly (string | number)[]): { place: string; rest: string[] } {
  let field = root;
  let place = ROOT;
  for (const [i, key] of keys.entries()) {
    const next = draft.has(`${place}?json`) ? undefined : inside(field, draft, place, key);
    if (!next) return { place, rest: [keys.slice(i).join('.')] };
    field = next.field;
    place = next.place;
  }
  // A single item without a list is shown as the first row.
  const alone = field.kind === 'list' && field.orOne && !draft.has(`${place}?list`) && rowsIn(draft, place, 2) === 1;
  return { place: alone ? placeIn(place, 0) : place, rest: [] };
}

function inside(
  field: Field,
  draft: Draft,
  place: string,
  key: string | number,
): { field: Field; place: string } | undefined {
  if (field.kind === 'union') {
    const branch = field.branches[Number(draft.get(`${place}?as`) || 0)];
    return branch && inside(branch, draft, place, key);
  }
  if (field.kind === 'group') {
    const part = field.parts.find((one) => one.key === String(key) && one.field.kind !== 'fixed');
    return part && { field: part.field, place: placeIn(place, part.key) };
  }
  if (field.kind === 'list' && typeof key === 'number' && key < rowsIn(draft, place, field.most)) {
    return { field: field.item, place: placeIn(place, key) };
  }
  return undefined;
}

/** Names of buttons: `add data/to`, `remove data/to/1`, `raise data/to/1`. */
const STEP = /^(add|remove|raise) (data(?:\/[^?]*)?)$/;

/** Changes `draft`; false if `step` is another button. */
export function reshape(draft: Draft, step: string): boolean {
  const [, kind, at = ''] = STEP.exec(step) ?? [];
  const [, list = '', row] = (kind === 'add' ? ['', at, '0'] : /^(.+)\/(\d{1,4})$/.exec(at)) ?? [];
  if (kind === undefined || row === undefined) return false;
  if (kind === 'add') addRow(draft, list, MOST_ROWS);
  else if (kind === 'raise') raiseRow(draft, list, Number(row));
  else removeRow(draft, list, Number(row), MOST_ROWS);
  // An emptied list is sent as [], unlike a list that was never filled in.
  if (kind === 'remove' && rowsIn(draft, list, MOST_ROWS) === 0) draft.set(`${list}?set`, '1');
  return true;
}

export interface FormState {
  field: Field;
  draft: Draft;
  /** The text of the JSON editor; undefined while the fields are shown. */
  json: string | undefined;
  mistakes: Mistakes;
  /** With which a service refused it. */
  refused?: number;
  /** It holds typed text. */
  isTyped: boolean;
}

/** A submitted form; `value` if the main button was pressed and the input is readable, for the service to check all of it. */
interface Submitted {
  form: FormState;
  value?: unknown;
}

/** The fields of a submitted form, by name. */
export type Posted = Readonly<Record<string, string>>;

/** Without files. */
export const postedIn = (body: Record<string, unknown>): Posted =>
  Object.fromEntries(Object.entries(body).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));

const NONE: Mistakes = new Map();
export const written = (value: unknown): string => jsonText(value ?? {});

export const openForm = (field: Field, value: unknown): FormState => ({
  field,
  draft: fill(field, value),
  json: undefined,
  mistakes: NONE,
  isTyped: false,
});

/** `use` is the main button. Keeps everything that was typed. */
export function submit(field: Field, posted: Posted, use: string): Submitted {
  const { do: step = use, json } = posted;
  return json !== undefined ? submitJson(field, json, step, use) : submitFields(field, draftOf(posted), step, use);
}

function submitJson(field: Field, json: string, step: string, use: string): Submitted {
  const form: FormState = { field, draft: new Map(), json, mistakes: NONE, isTyped: true };
  const typed = readJson(json);
  if (!('value' in typed)) return { form: { ...form, mistakes: new Map([[ROOT, [typed.problem]]]) } };
  const { value } = typed;
  if (step === 'fields') return { form: { ...openForm(field, value), isTyped: true } };
  return step === use ? { form, value } : { form };
}

function submitFields(field: Field, draft: Draft, step: string, use: string): Submitted {
  const form: FormState = { field, draft, json: undefined, mistakes: NONE, isTyped: true };
  if (reshape(draft, step) || (step !== use && step !== 'json')) return { form };
  const { value, broken, wrong } = read(field, draft);
  const mistakes = new Map([...broken].map(([name, problem]) => [name.replace(/\?.*$/, ''), [problem]]));
  if (step === use) for (const [place, problem] of wrong) if (!mistakes.has(place)) mistakes.set(place, [problem]);
  if (broken.size > 0) return { form: { ...form, mistakes } };
  return step === use
    ? { form: { ...form, mistakes }, value: value ?? {} }
    : { form: { ...form, json: written(value) } };
}

/** Of the page that shows it. */
export const statusOf = ({ mistakes, refused }: FormState): number => refused ?? (mistakes.size > 0 ? 400 : 200);

/** Adds errors to fields that have none yet; `base` is the path of the whole value in them. */
export function withErrors(form: FormState, base: string, errors: readonly FieldError[], refused = 400): FormState {
  const mistakes =
    form.json === undefined
      ? mistakesOf(form.field, form.draft, base, errors)
      : new Map([[ROOT, errors.map(({ path, message }) => `${path} ${message}`.trim())]]);
  return { ...form, refused, mistakes: new Map([...mistakes, ...form.mistakes]) };
}
