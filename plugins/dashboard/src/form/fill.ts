// A value as a draft: every field that it has is filled in. What has another shape than its field is written as JSON in its place.
import { isUpload } from '@phraseworks/sdk';
import { MASK } from '@phraseworks/sdk/secrets';
import { visible } from '../job/shown.ts';
import { type Draft, placeIn, ROOT } from './draft.ts';
import type { Field, ListField, Plain } from './field.ts';
import { branchOf, isEntries } from './fits.ts';

/** Signs that would hide, or turn the text around them, are written out: it is the same JSON. */
export const jsonText = (value: unknown): string => visible(JSON.stringify(value, null, 2));

export const optionText = (option: Plain): string => (typeof option === 'string' ? option : JSON.stringify(option));

/** Uploads are left out: a file belongs to the job that it came with. */
export function fill(field: Field, value: unknown): Draft {
  const draft: Draft = new Map();
  put(draft, field, value, ROOT, true);
  return draft;
}

function put(draft: Draft, field: Field, value: unknown, place: string, required: boolean): void {
  if (value === undefined || (value === null && required && field.nullable)) return;
  if (!asField(draft, field, value, place)) draft.set(`${place}?json`, jsonText(value));
}

/** False when its field cannot hold it. */
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
      draft.set(place, String(value));
      return true;
    case 'choice':
      if (!field.options.includes(value as Plain)) return false;
      draft.set(place, optionText(value as Plain));
      return true;
    case 'fixed':
      return value === field.value;
    case 'file':
      return isUpload(value);
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
      if (!isEntries(value)) return false;
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
