// A draft as a value. What cannot be read as its field wants it is passed on as it is: the API says what is wrong with it.

import { MASK } from '@phraseworks/sdk/secrets';
import { type Read, readJson } from '../job/json-text.ts';
import { type Draft, placeIn, ROOT, removeRow, rowsIn } from './draft.ts';
import type { ChoiceField, Field, GroupField, ListField } from './field.ts';
import { optionText } from './fill.ts';
import { isEntries } from './fits.ts';

/** Where a text is no JSON. */
export type NotJson = Extract<Read, { line: number }>;

export interface Reading {
  /** Undefined when nothing is given. */
  value: unknown;
  /** Texts that are no JSON, by the name of their field. */
  broken: ReadonlyMap<string, NotJson>;
}

/** Rows in which nothing was typed are taken out of `draft`, too, so that places and values count alike. */
export function read(field: Field, draft: Draft): Reading {
  const broken = new Map<string, NotJson>();
  return { value: valueAt(field, ROOT, true), broken };

  function valueAt(at: Field, place: string, required: boolean): unknown {
    const written = draft.get(`${place}?json`);
    if (written !== undefined) return jsonOf(written, `${place}?json`);
    const value = given(at, place, required);
    return value === undefined && required && at.nullable ? null : value;
  }

  function given(at: Field, place: string, required: boolean): unknown {
    const text = draft.get(place) ?? '';
    switch (at.kind) {
      case 'text':
        return textAt(text, place);
      case 'number':
        return text.trim() === '' ? undefined : numberOf(text.trim());
      case 'choice':
        return chosen(at, text);
      case 'fixed':
        return required ? at.value : undefined;
      case 'file':
        return undefined;
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

  function textAt(text: string, place: string): string | undefined {
    if (text !== '') return text;
    return draft.has(`${place}?kept`) && !draft.has(`${place}?forget`) ? MASK : undefined;
  }

  function listAt({ item, most, orOne }: ListField, place: string, required: boolean): unknown {
    const rows: unknown[] = [];
    for (let row = rowsIn(draft, place, most) - 1; row >= 0; row -= 1) {
      const value = valueAt(item, placeIn(place, row), true);
      if (isEmpty(item, value)) removeRow(draft, place, row, most);
      else rows.unshift(value);
    }
    if (rows.length === 0) return required || draft.has(`${place}?set`) ? [] : undefined;
    return orOne && rows.length === 1 && !draft.has(`${place}?list`) ? rows[0] : rows;
  }

  /** A fixed value does not make an optional group present: another value must. */
  function groupAt({ parts }: GroupField, place: string, required: boolean): unknown {
    const free = parts.map((part) => {
      const { key, field: inner } = part;
      return [part, inner.kind === 'fixed' ? undefined : valueAt(inner, placeIn(place, key), false)] as const;
    });
    const more = jsonOf(draft.get(`${place}?more`) ?? '', `${place}?more`);
    const there = required || more !== undefined || free.some(([, value]) => value !== undefined);
    if (!there && !draft.has(`${place}?set`)) return undefined;
    const entries = free.flatMap(([{ key, required: needed, field: inner }, value]) => {
      const known = value === undefined && needed ? valueAt(inner, placeIn(place, key), true) : value;
      return known === undefined ? [] : [[key, known] as const];
    });
    return { ...Object.fromEntries(entries), ...(isEntries(more) ? more : {}) };
  }

  function jsonOf(text: string, place: string): unknown {
    if (text.trim() === '') return undefined;
    const typed = readJson(text);
    if ('value' in typed) return typed.value;
    broken.set(place, typed);
    return undefined;
  }
}

/** What a number would not keep as it was typed stays a text. */
function numberOf(text: string): number | string {
  const value = Number(text);
  const kept = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return kept && /^[-+.\d]/.test(text) && !/^[-+]?0[xob]/i.test(text) ? value : text;
}

const chosen = ({ options }: ChoiceField, text: string): unknown =>
  text === '' ? undefined : (options.find((option) => optionText(option) === text) ?? text);

/** A row of a group is there as soon as somebody has added it; one for a text is not. */
const isEmpty = (item: Field, value: unknown): boolean =>
  value === undefined || (value === null && item.nullable === true);
