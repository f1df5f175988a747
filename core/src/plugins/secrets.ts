// Secrets in a config: write-only. What is shown carries a mask in their place; what comes back with the mask keeps them.
import { isSecretName, MASK } from '../hidden.ts';
import type { Node } from '../json-schema.ts';
import { child, isSecret } from './json-schema.ts';
import { isPlain, mapEach, valueAt } from './layers.ts';

const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/]*:\S*@/i;

/** The config as it may be shown: plain values only, secrets masked. */
export function masked(value: unknown, nodes: readonly Node[], key: string | number = ''): unknown {
  if (value === undefined || value === null || value === '') return value ?? null;
  const named = typeof value === 'string' && typeof key === 'string' && isSecretName(key);
  if (named || isSecret(nodes, value) || (typeof value === 'string' && URL_WITH_PASSWORD.test(value))) return MASK;
  if (Array.isArray(value) || isPlain(value)) {
    return mapEach(value, (inner, inside) =>
      isShown(inner) ? masked(inner, child(nodes, inside), inside) : undefined,
    );
  }
  return value;
}

/** A function or an object of a class is set in code and is none of the form's business. */
const isShown = (value: unknown): boolean =>
  typeof value === 'object'
    ? value === null || Array.isArray(value) || isPlain(value)
    : ['string', 'number', 'boolean'].includes(typeof value);

/** Puts what stands in `known` back where `value` has the mask; where nothing is known, the key is left out. */
export function unmasked(value: unknown, known: unknown): unknown {
  if (value === MASK) return known;
  return mapEach(value, (inner, key) =>
    unmasked(inner, Array.isArray(value) ? entryFor(inner, Number(key), value, known) : valueAt(known, [key])),
  );
}

/** In a list that grew, shrank or was sorted, a secret goes with its own entry, never to the one that took its place. */
function entryFor(entry: unknown, place: number, list: readonly unknown[], known: unknown): unknown {
  if (!Array.isArray(known)) return undefined;
  const inPlace = list.length === known.length ? known[place] : undefined;
  if (entry === MASK) return inPlace;
  if (inPlace !== undefined && isSame(entry, inPlace)) return inPlace;
  const alike = known.filter((one) => isSame(entry, one));
  // Entries that differ in their secrets only: which of them is meant cannot be known, so none is put back.
  const different = new Set(alike.map((one) => JSON.stringify(one)));
  return alike.length === 0 ? inPlace : different.size === 1 ? alike[0] : undefined;
}

/** The mask stands for any value. */
function isSame(shown: unknown, known: unknown): boolean {
  if (shown === MASK) return known !== undefined;
  if (typeof shown !== 'object' || shown === null) return shown === known;
  if (typeof known !== 'object' || known === null || Array.isArray(shown) !== Array.isArray(known)) return false;
  const keys = Object.keys(shown);
  return (
    keys.length === Object.keys(known).length &&
    keys.every((key) => isSame(valueAt(shown, [key]), valueAt(known, [key])))
  );
}
