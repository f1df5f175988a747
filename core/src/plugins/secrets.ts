// Secrets in a config are write-only: they are shown masked, and a submitted mask keeps the stored secret.
import { valueAt } from '@phraseworks/sdk/host';
import { isSecretName, MASK, maskText } from '@phraseworks/sdk/secrets';
import { isPlain } from '../kernel/json.ts';
import { child, isSecret, type Node } from '../kernel/json-schema.ts';
import { mapEach, type Path } from './layers.ts';

const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^\s/]*:\S*@/i;

/** Mask the whole value: a partly masked address could not be restored. */
const hasSecret = (text: string): boolean => URL_WITH_PASSWORD.test(text) || maskText(text) !== text;

/** The config for display: plain values only, with masked secrets. */
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

/** Functions and class instances come from code; forms do not show them. */
const isShown = (value: unknown): boolean =>
  typeof value === 'object'
    ? value === null || Array.isArray(value) || isPlain(value)
    : ['string', 'number', 'boolean'].includes(typeof value);

/**
 * Replaces masks in `value` by the secrets in `known`, or removes the key of one that is not there. Drops a secret
 * if the address or login next to it changed, in its own object or an enclosing one.
 * `onDropped` receives the path of each.
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

/** Four views of one object: as it is, with defaults, without the stored settings, and the stored settings alone. */
interface Views {
  value: unknown;
  now: unknown;
  before: unknown;
  stored: unknown;
}

/**
 * Removes secrets of the file and the environment from objects whose address or login the stored settings changed:
 * otherwise a user who may change the address could send the secret to another server. `onDropped` receives the path of each.
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
/** The site's own address: no secret is sent there. */
const OWN_ADDRESS = /^public[A-Z_-]/;
const LOOKS_LIKE_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/|^[\w-]+(?:\.[\w-]+)+(?::\d+)?$/i;

/** Forms send unset values as empty text or false. */
const said = (value: unknown): unknown => (value === '' || value === false ? null : (value ?? null));

/** Did an address or a login change? `deep`: also those in objects beside it, as in `{ server: { host }, auth: { password } }`. */
function hasMoved(value: unknown, known: unknown, deep: boolean): boolean {
  if (!isPlain(value) || !isPlain(known)) return false;
  return [...new Set([...Object.keys(value), ...Object.keys(known)])].some((key) => {
    const [now, before] = [valueAt(value, [key]), valueAt(known, [key])];
    if (OWN_ADDRESS.test(key) || isSame(said(now), said(before))) return false;
    const texts = [now, before].flat().filter((one) => typeof one === 'string');
    // Objects in an array are compared one by one.
    if (Array.isArray(now) || Array.isArray(before)) return ADDRESS.test(key) && texts.length > 0;
    const inside = () => deep && hasMoved(isPlain(now) ? now : {}, isPlain(before) ? before : {}, true);
    if (isPlain(now) && isPlain(before)) return inside();
    return ADDRESS.test(key) || texts.some((one) => LOOKS_LIKE_ADDRESS.test(one)) || inside();
  });
}

/** In an array that changed, a secret stays with its own entry, not with its position. */
function entryFor(entry: unknown, place: number, list: readonly unknown[], known: unknown): unknown {
  if (!Array.isArray(known)) return undefined;
  const inPlace = list.length === known.length ? known[place] : undefined;
  if (entry === MASK) return inPlace;
  if (inPlace !== undefined && isSame(entry, inPlace)) return inPlace;
  const alike = known.filter((one) => isSame(entry, one));
  // Entries that differ only in their secrets are ambiguous: restore none.
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
