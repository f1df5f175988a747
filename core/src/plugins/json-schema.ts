// Reads what a schema library says about a config as JSON Schema: which keys there are, of which type, which are secret.
import { branches, isNode, type Node } from '@phraseworks/sdk/secrets';

export { child } from '@phraseworks/sdk/secrets';

/** The keys that `nodes` name. */
export const keysOf = (nodes: readonly Node[]): string[] =>
  nodes.flatMap(branches).flatMap((node) => (isNode(node.properties) ? Object.keys(node.properties) : []));

/** The types a value may have by `nodes`. */
export const typesOf = (nodes: readonly Node[]): Set<unknown> =>
  new Set(
    nodes.flatMap(branches).flatMap(({ type }) => (Array.isArray(type) ? type : type === undefined ? [] : [type])),
  );

function hasType(node: Node, value: unknown): boolean {
  const actual = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const types = [node.type].flat();
  return node.type === undefined || types.includes(actual) || (actual === 'number' && types.includes('integer'));
}

/** Is `value`, described by `nodes`, marked as a secret? */
export const isSecret = (nodes: readonly Node[], value: unknown): boolean =>
  nodes.flatMap(branches).some((node) => node.secret === true && hasType(node, value));

/** The keys of `value` that are not known here: where a schema refuses others, or drops them, they are mistakes. */
export function unknownKeys(value: object, input: readonly Node[], output: readonly Node[]): string[] {
  const closed = [...input, ...output].some((node) => node.additionalProperties === false);
  const [only] = input;
  if (!closed || input.length !== 1 || !only || branches(only).length > 1) return [];
  const known = new Set(keysOf(input));
  return Object.keys(value).filter((key) => !known.has(key));
}

/** The defaults that the schema names, nested ones included. An optional object that is not set is left out, whatever defaults its fields have. */
export function defaultsOf(node: Node, whole = true): unknown {
  const own = node.default;
  if (own !== undefined && !isNode(own)) return own;
  if (own === undefined && !whole) return undefined;
  const entries = Object.entries(isNode(node.properties) ? node.properties : {}).flatMap(([key, inner]) => {
    const value = isNode(inner) ? defaultsOf(inner, false) : undefined;
    return value === undefined ? [] : [[key, value] as const];
  });
  return { ...Object.fromEntries(entries), ...own };
}
