// The settings of a plugin that somebody has set: those that are not what its schema gives by default. Pure.
import { MASK } from '@phraseworks/sdk/secrets';

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Secrets are left out: they are not known here. */
export function changedConfig(config: unknown, schema: unknown): Record<string, unknown> {
  if (!isNode(config)) return {};
  const properties = isNode(schema) && isNode(schema.properties) ? schema.properties : {};
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) => {
      const node = Object.hasOwn(properties, key) ? properties[key] : undefined;
      if (value === null || value === MASK || isDefault(value, node)) return [];
      if (!isNode(value)) return [[key, value]];
      const inner = changedConfig(value, node);
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }),
  );
}

const isDefault = (value: unknown, node: unknown): boolean =>
  isNode(node) && 'default' in node && JSON.stringify(value) === JSON.stringify(node.default);
