// A form between two requests: what it holds, whether as fields or as JSON, and what a button makes of it.

import type { FieldError } from '@phraseworks/sdk';
import { notJson, readJson } from '../job/json-text.ts';
import { addRow, type Draft, draftOf, ROOT, raiseRow, removeRow, rowsIn } from './draft.ts';
import type { Field } from './field.ts';
import { fill, jsonText } from './fill.ts';
import { type Mistakes, mistakesOf } from './mistakes.ts';
import { MOST_ROWS } from './of-schema.ts';
import { read } from './read.ts';

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

export interface Sheet {
  field: Field;
  draft: Draft;
  /** The text of the JSON editor; undefined while the fields are shown. */
  json: string | undefined;
  mistakes: Mistakes;
}

/** What was posted; `value` when it is to be used, and can be. */
export interface Turned {
  sheet: Sheet;
  value?: unknown;
}

type Posted = Readonly<Record<string, unknown>>;

const NONE: Mistakes = new Map();
export const written = (value: unknown): string => jsonText(value ?? {});

export const openSheet = (field: Field, value: unknown): Sheet => ({
  field,
  draft: fill(field, value),
  json: undefined,
  mistakes: NONE,
});

/** `use` is the button that uses the value. Nothing that was typed is lost. */
export function turn(field: Field, posted: Posted, use: string): Turned {
  const step = typeof posted.do === 'string' ? posted.do : use;
  return typeof posted.json === 'string'
    ? turnJson(field, posted.json, step, use)
    : turnFields(field, draftOf(posted), step, use);
}

function turnJson(field: Field, json: string, step: string, use: string): Turned {
  const sheet: Sheet = { field, draft: new Map(), json, mistakes: NONE };
  const typed = readJson(json);
  if (!('value' in typed)) return { sheet: { ...sheet, mistakes: new Map([[ROOT, [notJson(typed)]]]) } };
  const { value } = typed;
  if (step === 'fields') return { sheet: openSheet(field, value) };
  return step === use ? { sheet, value } : { sheet };
}

function turnFields(field: Field, draft: Draft, step: string, use: string): Turned {
  const sheet: Sheet = { field, draft, json: undefined, mistakes: NONE };
  if (reshape(draft, step) || (step !== use && step !== 'json')) return { sheet };
  const { value, broken } = read(field, draft);
  if (broken.size > 0) {
    const mistakes = new Map([...broken].map(([name, wrong]) => [name.replace(/\?.*$/, ''), [notJson(wrong)]]));
    return { sheet: { ...sheet, mistakes } };
  }
  return step === use ? { sheet, value: value ?? {} } : { sheet: { ...sheet, json: written(value) } };
}

/** What the API says about the value, each at its field; `base` is how it calls the whole of it. */
export function withErrors(sheet: Sheet, base: string, errors: readonly FieldError[]): Sheet {
  const told = () => errors.map(({ path, message }) => `${path} ${message}`.trim());
  const mistakes =
    sheet.json === undefined ? mistakesOf(sheet.field, sheet.draft, base, errors) : new Map([[ROOT, told()]]);
  return errors.length === 0 ? sheet : { ...sheet, mistakes };
}
