// Which settings a form changes: the values now and then, by their place.
import { isSecretName, MASK } from '@phraseworks/sdk/secrets';
import type { Field } from '../form/field.ts';
import { isEntries } from '../form/fits.ts';

export interface Change {
  /** `transport.auth.user` */
  path: string;
  /** Its default where nothing is set; undefined without one. */
  before: unknown;
  after: unknown;
  secret: boolean;
}

/** `field` describes both; what repeats a default is no change. */
export function changesOf(field: Field, before: unknown, after: unknown, keys: readonly string[] = []): Change[] {
  if (field.kind === 'group' && fitsGroup(before) && fitsGroup(after)) {
    const parts = new Map(field.parts.map(({ key, field: inner }) => [key, inner]));
    const all = new Set([...parts.keys(), ...keysOf(before), ...keysOf(after)]);
    return [...all].flatMap((key) =>
      changesOf(parts.get(key) ?? { kind: 'json' }, entryOf(before, key), entryOf(after, key), [...keys, key]),
    );
  }
  const [now, then] = [before ?? field.fallback, after ?? field.fallback];
  if (sameText(now, then)) return [];
  const secret =
    before === MASK || after === MASK || isSecretName(keys.at(-1) ?? '') || (field.kind === 'text' && field.secret);
  return [{ path: keys.join('.'), before: now, after: then, secret }];
}

const fitsGroup = (value: unknown): boolean => value === undefined || isEntries(value);
const keysOf = (value: unknown): string[] => (isEntries(value) ? Object.keys(value) : []);
const entryOf = (value: unknown, key: string): unknown =>
  isEntries(value) && Object.hasOwn(value, key) ? value[key] : undefined;

/** An empty list or object is as good as none. */
const sameText = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other);

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text === '{}' || text === '[]' || text === '""' || text === 'null' ? '' : text;
}
