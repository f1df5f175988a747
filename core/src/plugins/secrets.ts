// Secrets in a config: write-only. What is shown carries a mask in their place; what comes back with the mask keeps them.
import { isSecretName, MASK, maskText } from '@phraseworks/sdk/secrets';
import { child, isSecret, type Node } from '../kernel/json-schema.ts';
import { isPlain, mapEach, type Path, valueAt } from './layers.ts';

const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/]*:\S*@/i;

/** Masked as a whole: half an address cannot be put back. */
const hasSecret = (text: string): boolean => URL_WITH_PASSWORD.test(text) || maskText(text) !== text;

/** The config as it may be shown: plain values only, secrets masked. */
export function masked(value: unknown, nodes: readonly Node[], key: string | number = ''): unknown {
  if (value === undefined || value === null || value === '') return value ?? null;
  const named = typeof value === 'string' && typeof key === 'string' && isSecretName(key);
  if (named || isSecret(nodes, value) || (typeof value === 'string' && hasSecret(value))) return MASK;
  if (Array.isArray(value) || isPlain(value)) {
    return mapEach(value, (inner, inside) =>
      isShown(inner) ? masked(inner, child(nodes, inside), inside) : undefined,
    );
  }
  return value;
}

/** A function or an object of a class is set in code; forms leave it alone. */
const isShown = (value: unknown): boolean =>
  typeof value === 'object'
    ? value === null || Array.isArray(value) || isPlain(value)
    : ['string', 'number', 'boolean'].includes(typeof value);

/**
 * Puts what `known` holds back where `value` has the mask; where nothing is known, the key is left out. A secret is dropped
 * where the address or the login beside it changed, in its own object or in one around it: it belongs to the old ones.
 * `onDropped` gets the path of each.
 */
export function unmasked(
  value: unknown,
  known: unknown,
  onDropped: (path: Path) => void = () => {},
  path: Path = [],
): unknown {
  if (value === MASK) return known;
  const moved = known !== undefined && hasMoved(value, known, path.length > 0);
  return mapEach(value, (inner, key) => {
    const here = [...path, key];
    const before = Array.isArray(value) ? entryFor(inner, Number(key), value, known) : valueAt(known, [key]);
    if (!moved) return unmasked(inner, before, onDropped, here);
    return withoutMasks(inner, before, onDropped, here);
  });
}

function withoutMasks(value: unknown, known: unknown, onDropped: (path: Path) => void, path: Path): unknown {
  if (value !== MASK)
    return mapEach(value, (inner, key) => withoutMasks(inner, valueAt(known, [key]), onDropped, [...path, key]));
  if (known !== undefined) onDropped(path);
  return undefined;
}

/** One object in four views: as it is, with defaults, as it would be without what was stored, and what was stored. */
interface Views {
  value: unknown;
  now: unknown;
  before: unknown;
  stored: unknown;
}

/**
 * The value without secrets of the file and the environment in an object whose address or login was changed by what is stored:
 * otherwise anybody who may change the address could send the secret to their own server. `onDropped` gets the path of each.
 */
export function withoutInherited(
  { value, now, before, stored }: Views,
  nodes: readonly Node[],
  onDropped: (path: Path) => void,
  path: Path = [],
  around = false,
): unknown {
  const moved = around || hasMoved(now, before, path.length > 0);
  return mapEach(value, (inner, key) => {
    const here = [...path, key];
    const at = (view: unknown): unknown => valueAt(view, [key]);
    const [own, described] = [at(stored), child(nodes, key)];
    if (!moved || masked(inner, described, key) !== MASK) {
      const views = { value: inner, now: at(now), before: at(before), stored: own };
      return withoutInherited(views, described, onDropped, here, moved);
    }
    if (own === undefined) onDropped(here);
    return own;
  });
}

/** The last word of a key that says where a secret is sent, or whose it is. */
const ADDRESS =
  /(?:host(?:name)?s?|port|user(?:name)?|login|account|ur[il]s?|endpoint|servers?|addr(?:ess)?|bucket|region|socket(?:path)?|proxy|target|destination|webhook|database|tenant|provider|service|secure|tls|ssl|authority)$/i;
/** Where the site itself is reached: no secret is sent there. */
const OWN_ADDRESS = /^public[A-Z_-]/;
const LOOKS_LIKE_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/|^[\w-]+(?:\.[\w-]+)+(?::\d+)?$/i;

/** A form sends what is not set as empty text or false. */
const said = (value: unknown): unknown => (value === '' || value === false ? null : (value ?? null));

/** Did an address or a login change? `deep`: also those in objects beside it, as in `{ server: { host }, auth: { password } }`. */
function hasMoved(value: unknown, known: unknown, deep: boolean): boolean {
  if (!isPlain(value) || !isPlain(known)) return false;
  return [...new Set([...Object.keys(value), ...Object.keys(known)])].some((key) => {
    const [now, before] = [valueAt(value, [key]), valueAt(known, [key])];
    if (OWN_ADDRESS.test(key) || isSame(said(now), said(before))) return false;
    const texts = [now, before].flat().filter((one) => typeof one === 'string');
    // Objects in a list decide each for themselves.
    if (Array.isArray(now) || Array.isArray(before)) return ADDRESS.test(key) && texts.length > 0;
    const inside = () => deep && hasMoved(isPlain(now) ? now : {}, isPlain(before) ? before : {}, true);
    if (isPlain(now) && isPlain(before)) return inside();
    return ADDRESS.test(key) || texts.some((one) => LOOKS_LIKE_ADDRESS.test(one)) || inside();
  });
}

/** In a list that grew, shrank or was sorted, a secret goes with its own entry, never to the entry that took its place. */
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

/** The mask may hide any value. */
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
