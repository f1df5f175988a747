// A form between two requests: what it holds, whether as fields or as JSON, and what a button makes of it.

import type { FieldError } from '@phraseworks/sdk';
import { notJson, readJson } from '../job/json-text.ts';
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

/** Sentences by place. */
export type Mistakes = ReadonlyMap<string, readonly string[]>;

/** `base` is how the API calls the whole value: `data`. What lies elsewhere belongs to the whole form. */
export function mistakesOf(field: Field, draft: Draft, base: string, errors: readonly FieldError[]): Mistakes {
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

/** The field that lies nearest on the way, and what of the way is left. */
function closest(root: Field, draft: Draft, keys: readonly (string | number)[]): { place: string; rest: string[] } {
  let field = root;
  let place = ROOT;
  for (const [i, key] of keys.entries()) {
    const next = draft.has(`${place}?json`) ? undefined : inside(field, draft, place, key);
    if (!next) return { place, rest: [keys.slice(i).join('.')] };
    field = next.field;
    place = next.place;
  }
  // One without its list is shown as the first row.
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
const ROW = /^(.+)\/(\d{1,4})$/;

/** True when `step` was such a button. Changes `draft`. */
export function reshape(draft: Draft, step: string): boolean {
  const [, kind, at = ''] = STEP.exec(step) ?? [];
  if (kind === undefined) return false;
  if (kind === 'add') {
    addRow(draft, at, MOST_ROWS);
    return true;
  }
  const [, list = '', row] = ROW.exec(at) ?? [];
  if (row === undefined) return false;
  if (kind === 'raise') {
    raiseRow(draft, list, Number(row));
    return true;
  }
  removeRow(draft, list, Number(row), MOST_ROWS);
  // Somebody wants a list without rows: that is more than no list.
  if (rowsIn(draft, list, MOST_ROWS) === 0) draft.set(`${list}?set`, '1');
  return true;
}

export interface FormState {
  field: Field;
  draft: Draft;
  /** The text of the JSON editor; undefined while the fields are shown. */
  json: string | undefined;
  mistakes: Mistakes;
}

/** What was posted; `value` when it is to be used, and can be. */
export interface Submitted {
  form: FormState;
  value?: unknown;
}

type Posted = Readonly<Record<string, unknown>>;

const NONE: Mistakes = new Map();
export const written = (value: unknown): string => jsonText(value ?? {});

export const openForm = (field: Field, value: unknown): FormState => ({
  field,
  draft: fill(field, value),
  json: undefined,
  mistakes: NONE,
});

/** `use` is the button that uses the value. Nothing that was typed is lost. */
export function submit(field: Field, posted: Posted, use: string): Submitted {
  const step = typeof posted.do === 'string' ? posted.do : use;
  return typeof posted.json === 'string'
    ? submitJson(field, posted.json, step, use)
    : submitFields(field, draftOf(posted), step, use);
}

function submitJson(field: Field, json: string, step: string, use: string): Submitted {
  const form: FormState = { field, draft: new Map(), json, mistakes: NONE };
  const typed = readJson(json);
  if (!('value' in typed)) return { form: { ...form, mistakes: new Map([[ROOT, [notJson(typed)]]]) } };
  const { value } = typed;
  if (step === 'fields') return { form: openForm(field, value) };
  return step === use ? { form, value } : { form };
}

function submitFields(field: Field, draft: Draft, step: string, use: string): Submitted {
  const form: FormState = { field, draft, json: undefined, mistakes: NONE };
  if (reshape(draft, step) || (step !== use && step !== 'json')) return { form };
  const { value, broken } = read(field, draft);
  if (broken.size > 0) {
    const mistakes = new Map([...broken].map(([name, wrong]) => [name.replace(/\?.*$/, ''), [notJson(wrong)]]));
    return { form: { ...form, mistakes } };
  }
  return step === use ? { form, value: value ?? {} } : { form: { ...form, json: written(value) } };
}

/** What the API says about the value, each at its field; `base` is how it calls the whole of it. */
export function withErrors(form: FormState, base: string, errors: readonly FieldError[]): FormState {
  const mistakes =
    form.json === undefined
      ? mistakesOf(form.field, form.draft, base, errors)
      : new Map([[ROOT, errors.map(({ path, message }) => `${path} ${message}`.trim())]]);
  return errors.length === 0 ? form : { ...form, mistakes };
}
