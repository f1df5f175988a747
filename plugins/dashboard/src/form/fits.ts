// Does a value have the shape of a field? By it the shape of a value is found where there are several.
import { isUpload } from '@phraseworks/sdk';
import type { Field, GroupField, Plain, UnionField } from './field.ts';

export type Entries = Readonly<Record<string, unknown>>;

export const isEntries = (value: unknown): value is Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fits(field: Field, value: unknown): boolean {
  switch (field.kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'choice':
      return field.options.includes(value as Plain);
    case 'fixed':
      return field.value === value;
    case 'group':
      return isEntries(value) && fitsGroup(field, value);
    case 'list':
      return Array.isArray(value)
        ? value.every((item) => fits(field.item, item))
        : field.orOne && fits(field.item, value);
    case 'union':
      return field.branches.some((branch) => fits(branch, value));
    case 'file':
      return isUpload(value);
    case 'json':
      return true;
  }
}

function fitsGroup({ parts }: GroupField, value: Entries): boolean {
  const known = new Map(parts.map((part) => [part.key, part]));
  return (
    Object.entries(value).every(([key, inner]) => {
      const part = known.get(key);
      return part !== undefined && fits(part.field, inner);
    }) && parts.every(({ key, required }) => !required || Object.hasOwn(value, key))
  );
}

/** The number of the shape that was meant: one that fits, else one whose mark is there, as in `{ type: 'resize' }`. */
export function branchOf({ branches }: UnionField, value: unknown): number | undefined {
  const fitting = branches.findIndex((branch) => fits(branch, value));
  const found = fitting >= 0 ? fitting : branches.findIndex((branch) => isMarked(branch, value));
  return found >= 0 ? found : undefined;
}

function isMarked(branch: Field, value: unknown): boolean {
  if (branch.kind !== 'group' || !isEntries(value)) return false;
  const marks = branch.parts.filter(({ field }) => field.kind === 'fixed');
  return marks.length > 0 && marks.every(({ key, field }) => field.kind === 'fixed' && field.value === value[key]);
}
