// Objects that callers in the same process pass: read once, field by field, and refused with the field that is wrong.
import { type FieldError, JobsError } from '@phraseworks/sdk';
import { errorText } from '@phraseworks/sdk/host';

/** Says what a value must be; null if it is. Never called with undefined. */
export type Rule = (value: unknown) => string | null;

const rule =
  (fits: (value: unknown) => boolean, message: string): Rule =>
  (value) =>
    fits(value) ? null : message;

const isText = (value: unknown): boolean => typeof value === 'string';
const isList = (value: unknown): boolean => Array.isArray(value) && Array.from(value).every(isText);

export const text = rule(isText, 'must be text');
export const texts = rule(isList, 'must be an array of texts');
export const textOrTexts = rule((value) => isText(value) || isList(value), 'must be text or an array of texts');
export const flag = rule((value) => typeof value === 'boolean', 'must be true or false');
export const finite = rule((value) => typeof value === 'number' && Number.isFinite(value), 'must be a finite number');
export const anything: Rule = () => null;
export const oneOf = (...words: readonly string[]): Rule =>
  rule((value) => (words as readonly unknown[]).includes(value), `must be ${words.join(' or ')}`);

const refused = (errors: readonly FieldError[]): JobsError =>
  new JobsError('INVALID_DATA', errors.map(errorText).join('; '), { errors });

/** A copy with the fields that have a rule; others are ignored. `required` ones must be there. Throws `INVALID_DATA` with every wrong field. */
export function readFields<T extends object>(
  given: T,
  what: string,
  rules: { readonly [K in keyof T]-?: Rule },
  required: readonly (keyof T & string)[] = [],
): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refused([{ path: what, message: 'must be an object' }]);
  const errors: FieldError[] = [];
  const copy: Partial<T> = {};
  for (const name of Object.keys(rules) as (keyof T & string)[]) {
    const path = `${what}.${name}`;
    try {
      const value = given[name];
      if (value === undefined) {
        if (required.includes(name)) errors.push({ path, message: 'is required' });
        continue;
      }
      copy[name] = value;
      const message = rules[name](value);
      if (message !== null) errors.push({ path, message });
    } catch {
      errors.push({ path, message: 'cannot be read' });
    }
  }
  if (errors.length > 0) throw refused(errors);
  return copy as T;
}

/** Throws `INVALID_DATA` unless it is text. */
export function requireText(value: unknown, path: string): void {
  if (!isText(value)) throw refused([{ path, message: 'must be text' }]);
}
