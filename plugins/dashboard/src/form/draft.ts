// A form's content as a draft (texts by place, such as `data/operations/0/width`), made from a value and read back into one.
import { isUpload, type UploadReference } from '@phraseworks/sdk';
import { isNode, MASK } from '@phraseworks/sdk/secrets';
import { readJson } from '../job/json-text.ts';
import { visible } from '../text.ts';
import {
  type ChoiceField,
  DATA,
  type Field,
  type GroupField,
  type ListField,
  MOST_ROWS,
  type NumberField,
  type Plain,
  type UnionField,
} from './field.ts';
import { movedPlace } from './moved.ts';
import { inUnit, numberIn, UNREADABLE } from './units.ts';

interface Reading {
  /** Undefined if everything is empty. */
  value: unknown;
  /** What is wrong with invalid JSON, by place. */
  broken: ReadonlyMap<string, string>;
  /** The same, and what is wrong with fields whose value the service refuses anyway: required ones that are empty, and texts that are no size or duration. */
  wrong: ReadonlyMap<string, string>;
}

/** Reads the value of a draft; the service validates it. Removes empty rows from the draft, so that places match the value. */
export function read(field: Field, draft: Draft, root = DATA): Reading {
  const broken = new Map<string, string>();
  const wrong = new Map<string, string>();
  return { value: valueAt(field, root, true), broken, wrong };

  function valueAt(at: Field, place: string, required: boolean): unknown {
    const written = draft.get(`${place}?json`);
    if (written !== undefined) return jsonOf(written, place);
    const value = given(at, place, required);
    return value === undefined && required && at.nullable ? null : value;
  }

  function given(at: Field, place: string, required: boolean): unknown {
    const text = draft.get(place) ?? '';
    switch (at.kind) {
      case 'text':
        return textAt(text, place);
      case 'number':
        return text.trim() === '' ? undefined : numberAt(at, text.trim(), place);
      case 'choice':
        return chosen(at, text);
      case 'fixed':
        return required ? at.value : undefined;
      case 'file':
        return uploadIn(draft, place);
      case 'json':
        return jsonOf(text, place);
      case 'list':
        return listAt(at, place, required);
      case 'group':
        return groupAt(at, place, required);
      case 'union': {
        const branch = at.branches[Number(draft.get(`${place}?as`) || (required ? '0' : '-1'))];
        return branch && valueAt(branch, place, true);
      }
    }
  }

  function numberAt({ unit }: NumberField, text: string, place: string): number | string {
    if (unit === undefined) return numberOf(text);
    const n = numberIn(unit, text);
    if (n === undefined) wrong.set(place, UNREADABLE[unit]);
    return n ?? text;
  }

  function textAt(text: string, place: string): string | undefined {
    if (text !== '') return text;
    return draft.has(`${place}?kept`) && !draft.has(`${place}?forget`) ? MASK : undefined;
  }

  function listAt({ item, orOne }: ListField, place: string, required: boolean): unknown {
    const rows: unknown[] = [];
    for (let row = rowsIn(draft, place) - 1; row >= 0; row -= 1) {
      const value = valueAt(item, placeIn(place, row), true);
      // An added group row counts even if empty; an empty text row does not.
      if (value === undefined || (value === null && item.nullable)) removeRow(draft, place, row);
      else rows.unshift(value);
    }
    if (rows.length === 0) return required || draft.has(`${place}?set`) ? [] : undefined;
    return orOne && rows.length === 1 && !draft.has(`${place}?list`) ? rows[0] : rows;
  }

  /** Constants alone do not make an optional group present. */
  function groupAt({ parts }: GroupField, place: string, required: boolean): unknown {
    const free = parts.map(({ key, field: inner }) =>
      inner.kind === 'fixed' ? undefined : valueAt(inner, placeIn(place, key), false),
    );
    const more = jsonOf(draft.get(`${place}?more`) ?? '', place);
    const there = required || more !== undefined || free.some((value) => value !== undefined);
    if (!there && !draft.has(`${place}?set`)) return undefined;
    const entries = parts.flatMap(({ key, required: needed, field: inner }, i) => {
      const at = placeIn(place, key);
      const known = free[i] === undefined && needed ? valueAt(inner, at, true) : free[i];
      const isEmptyList = inner.kind === 'list' && inner.least > 0 && Array.isArray(known) && known.length === 0;
      const isMissing = isEmptyList || (known === undefined && !['fixed', 'file'].includes(inner.kind));
      if (needed && isMissing && inner.fallback === undefined && !wrong.has(at)) wrong.set(at, 'is required');
      return known === undefined ? [] : [[key, known] as const];
    });
    return { ...Object.fromEntries(entries), ...(isNode(more) ? more : {}) };
  }

  function jsonOf(text: string, place: string): unknown {
    if (text.trim() === '') return undefined;
    const typed = readJson(text);
    if ('value' in typed) return typed.value;
    broken.set(place, typed.problem);
    wrong.set(place, typed.problem);
    return undefined;
  }
}

/** The file of a job that is edited. */
export function uploadIn(draft: Draft, place: string): UploadReference | undefined {
  const typed = readJson(draft.get(`${place}?upload`) ?? '');
  return 'value' in typed && isUpload(typed.value) ? typed.value : undefined;
}

/** Stays a text if a number would lose digits. */
function numberOf(text: string): number | string {
  const value = Number(text);
  const kept = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return kept && /^[-+.\d]/.test(text) && !/^[-+]?0[xob]/i.test(text) ? value : text;
}

const chosen = ({ options }: ChoiceField, text: string): unknown =>
  text === '' ? undefined : (options.find((option) => optionText(option) === text) ?? text);

/** Escapes invisible characters, which leaves the JSON equal. */
export const jsonText = (value: unknown): string => visible(JSON.stringify(value, null, 2));

export const optionText = (option: Plain): string => (typeof option === 'string' ? option : JSON.stringify(option));

/** The draft of a value; a value that does not fit its field becomes JSON. */
export function fill(field: Field, value: unknown, place = DATA): Draft {
  const draft: Draft = new Map();
  put(draft, field, value, place, true);
  return draft;
}

function put(draft: Draft, field: Field, value: unknown, place: string, required: boolean): void {
  if (value === undefined || (value === null && required && field.nullable)) return;
  if (!asField(draft, field, value, place)) draft.set(`${place}?json`, jsonText(value));
}

/** False if the field cannot hold the value. */
function asField(draft: Draft, field: Field, value: unknown, place: string): boolean {
  switch (field.kind) {
    case 'text':
      if (value === '' && field.fallback === '') return true;
      if (typeof value !== 'string' || value === '' || value.includes('\r') || visible(value) !== value) return false;
      if (value === MASK) draft.set(`${place}?kept`, '1');
      else draft.set(place, value);
      return true;
    case 'number':
      if (typeof value !== 'number') return false;
      draft.set(place, inUnit(field.unit, value));
      return true;
    case 'choice':
      if (!field.options.includes(value as Plain)) return false;
      draft.set(place, optionText(value as Plain));
      return true;
    case 'fixed':
      return value === field.value;
    case 'file':
      if (!isUpload(value)) return false;
      draft.set(`${place}?upload`, JSON.stringify(value));
      return true;
    case 'json':
      draft.set(place, jsonText(value));
      return true;
    case 'union': {
      const branch = branchOf(field, value);
      const shape = branch === undefined ? undefined : field.branches[branch];
      if (!shape) return false;
      draft.set(`${place}?as`, String(branch));
      put(draft, shape, value, place, true);
      return true;
    }
    case 'list':
      return asList(draft, field, value, place);
    case 'group': {
      if (!isNode(value)) return false;
      for (const { key, required, field: inner } of field.parts) {
        put(draft, inner, Object.hasOwn(value, key) ? value[key] : undefined, placeIn(place, key), required);
      }
      const keys = new Set(field.parts.map(({ key }) => key));
      const more = Object.entries(value).filter(([key]) => !keys.has(key));
      if (more.length > 0) draft.set(`${place}?more`, jsonText(Object.fromEntries(more)));
      if (Object.keys(value).length === 0) draft.set(`${place}?set`, '1');
      return true;
    }
  }
}

function asList(draft: Draft, { item, most, orOne }: ListField, value: unknown, place: string): boolean {
  if (!Array.isArray(value) && !orOne) return false;
  const rows: unknown[] = Array.isArray(value) ? value : [value];
  if (rows.length > most) return false;
  draft.set(`${place}?rows`, String(rows.length));
  if (orOne && Array.isArray(value)) draft.set(`${place}?list`, '1');
  if (rows.length === 0) draft.set(`${place}?set`, '1');
  for (const [i, row] of rows.entries()) put(draft, item, row, placeIn(place, i), true);
  return true;
}

/** Whether the fields of a shape hold all of a value, and miss nothing that they need. */
function fits(field: Field, value: unknown): boolean {
  const draft = fill(field, value);
  const holdsAll = ![...draft.keys()].some((name) => /\?(?:json|more)$/.test(name));
  return holdsAll && read(field, draft).wrong.size === 0;
}

/** The shape of a value: the first that fits, or else one whose constant keys match, as in `{ type: 'resize' }`. */
function branchOf({ branches }: UnionField, value: unknown): number | undefined {
  const fitting = branches.findIndex((branch) => fits(branch, value));
  const found = fitting >= 0 ? fitting : branches.findIndex((branch) => isMarked(branch, value));
  return found >= 0 ? found : undefined;
}

function isMarked(branch: Field, value: unknown): boolean {
  if (branch.kind !== 'group' || !isNode(value)) return false;
  const marks = branch.parts.filter(({ field }) => field.kind === 'fixed');
  return marks.length > 0 && marks.every(({ key, field }) => field.kind === 'fixed' && field.value === value[key]);
}

/**
 * Texts by place. Suffixes of places: `?rows` the number of rows, `?as` the selected shape, `?json` JSON for the whole place, `?more` keys without a field,
 * `?kept` a stored secret that is not shown, `?forget` clear it, `?set` given although empty, `?list` a list even with
 * one row.
 */
export type Draft = Map<string, string>;

const HIDDEN: Record<string, string> = { '~': '~0', '/': '~1', '?': '~2' };

export function placeIn(place: string, key: string | number): string {
  const name = String(key).replace(/[~/?]/g, (sign) => HIDDEN[sign] ?? sign);
  return place === '' ? name : `${place}/${name}`;
}

/** Browsers send line ends as CR LF. */
export const draftOf = (posted: Readonly<Record<string, string>>): Draft =>
  new Map(Object.entries(posted).map(([name, text]) => [name, text.replaceAll('\r\n', '\n')]));

export const rowsIn = (draft: Draft, list: string): number =>
  Math.min(Number(/^\d{1,4}$/.exec(draft.get(`${list}?rows`) ?? '')?.[0] ?? 0), MOST_ROWS);

/** Names of buttons: `add data/to`, `remove data/to/1`, `raise data/to/1`. */
const STEP = /^(add|remove|raise) (data(?:\/[^?]*)?)$/;

/** Changes the rows of a list as a button says; false if `step` is another button. */
export function reshape(draft: Draft, step: string): boolean {
  const [, kind, place = ''] = STEP.exec(step) ?? [];
  if (kind === 'add') setRows(draft, place, rowsIn(draft, place) + 1);
  else if (kind !== undefined) {
    const [, list = '', row = ''] = /^(.+)\/(\d+)$/.exec(place) ?? [];
    if (kind === 'remove') removeRow(draft, list, Number(row));
    else moveRows(draft, step);
    // An emptied list is sent as [], unlike a list that was never filled in.
    if (kind === 'remove' && rowsIn(draft, list) === 0) draft.set(`${list}?set`, '1');
  }
  return kind !== undefined;
}

const setRows = (draft: Draft, list: string, rows: number): void =>
  void draft.set(`${list}?rows`, String(Math.min(rows, MOST_ROWS)));

function removeRow(draft: Draft, list: string, row: number): void {
  const rows = rowsIn(draft, list);
  if (row >= rows) return;
  moveRows(draft, `remove ${placeIn(list, row)}`);
  setRows(draft, list, rows - 1);
}

function moveRows(draft: Draft, step: string): void {
  const before = [...draft];
  draft.clear();
  for (const [name, text] of before) {
    const place = movedPlace(name, step);
    if (place !== undefined) draft.set(place, text);
  }
}
