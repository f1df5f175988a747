// One node of a JSON Schema, with what it refers to and what it is put together from.

export type Node = Readonly<Record<string, unknown>>;

/** References that lead to references. */
const MOST_STEPS = 16;

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const nodesIn = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
export const namesIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The node with its `$ref` followed and its `allOf` laid together; what leads elsewhere, or in a circle, is not known. */
export function whole(node: Node, root: Node, steps = 0): Node {
  if (steps > MOST_STEPS) return {};
  const { $ref, allOf, ...own } = node;
  const referred = typeof $ref === 'string' ? [at($ref, root)] : [];
  return [...referred, ...nodesIn(allOf)].map((part) => whole(part, root, steps + 1)).reduceRight(together, own);
}

function at(reference: string, root: Node): Node {
  if (!reference.startsWith('#')) return {};
  const keys = reference.slice(1).split('/').slice(1);
  const found = keys.reduce<unknown>((inner, key) => {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    return isNode(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }, root);
  return isNode(found) ? found : {};
}

/** What `above` says wins; objects have the keys of both. */
function together(above: Node, below: Node): Node {
  const keys = {
    ...(isNode(below.properties) ? below.properties : {}),
    ...(isNode(above.properties) ? above.properties : {}),
  };
  const properties = Object.keys(keys).length > 0 ? { properties: keys } : {};
  return { ...below, ...above, ...properties, required: [...namesIn(below.required), ...namesIn(above.required)] };
}
