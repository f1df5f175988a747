// Secrets in a config: write-only. What is shown carries a mask in their place; what comes back with the mask keeps them.
import type { Node } from '../json-schema.ts';
import { child, isSecret } from './json-schema.ts';
import { isPlain, mapEach, type Path, valueAt } from './layers.ts';

export const MASK = '********';

/** For schemas that do not say what is secret. */
const SECRET_NAME =
  /^(pass(word|phrase|wd)?|secret|token|authorization|cookie|api[-_]?key|(private|secret|access|client)[-_]?(key|secret|token))$/i;
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/]*:\S*@/i;
const PASSWORD_IN_TEXT = /([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi;

/** A message without the password of a URL in it. */
export const withoutPasswords = (text: string): string => text.replace(PASSWORD_IN_TEXT, `$1:${MASK}@`);

/** The config as it may be shown: plain values only, secrets masked. */
export function masked(value: unknown, nodes: readonly Node[], key: string | number = ''): unknown {
  if (value === undefined || value === null || value === '') return value ?? null;
  const named = typeof value === 'string' && typeof key === 'string' && SECRET_NAME.test(key);
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
export function unmasked(value: unknown, known: unknown, path: Path = []): unknown {
  if (value === MASK) return valueAt(known, path);
  return mapEach(value, (inner, key) => unmasked(inner, known, [...path, key]));
}
