// The fields of a form, from a JSON Schema. A schema without a matching field becomes a JSON field, so every schema has a form.
import { isNode, type Node, partAt } from '@phraseworks/sdk/secrets';
import { labelOf } from '../text.ts';
import type { Unit } from './units.ts';

export type Plain = string | number | boolean | null;

interface About {
  title?: string | undefined;
  help?: string | undefined;
  /** The default. */
  fallback?: unknown;
  example?: unknown;
  /** An empty required field means null. */
  nullable?: boolean;
  /** Shown only while it has a value. */
  deprecated?: boolean;
}

export interface TextField extends About {
  kind: 'text';
  input: 'text' | 'email' | 'url' | 'date' | 'time' | 'lines';
  secret: boolean;
  longest?: number | undefined;
  /** The examples, if there are several. */
  suggested?: readonly string[] | undefined;
}

export interface NumberField extends About {
  kind: 'number';
  whole: boolean;
  least?: number | undefined;
  most?: number | undefined;
  /** It must be more than this. */
  above?: number | undefined;
  /** Typed with a unit, such as `30 s`. */
  unit?: Unit | undefined;
}

export interface ChoiceField extends About {
  kind: 'choice';
  options: readonly Plain[];
}

/** A constant. */
interface FixedField extends About {
  kind: 'fixed';
  value: Plain;
}

export interface GroupField extends About {
  kind: 'group';
  parts: readonly Part[];
}

export interface Part {
  key: string;
  required: boolean;
  field: Field;
}

export const labelIn = ({ key, field }: Part): string => field.title ?? labelOf(key);

export interface ListField extends About {
  kind: 'list';
  item: Field;
  least: number;
  most: number;
  /** A single item may stand without the list. */
  orOne: boolean;
}

export interface UnionField extends About {
  kind: 'union';
  branches: readonly Field[];
}

/** An upload. */
interface FileField extends About {
  kind: 'file';
}

interface JsonField extends About {
  kind: 'json';
  /** The setting comes from the configuration file or the environment. */
  readOnly?: boolean;
}

export type Field =
  | TextField
  | NumberField
  | ChoiceField
  | FixedField
  | GroupField
  | ListField
  | UnionField
  | FileField
  | JsonField;

/** The longest chain of references. */
const MOST_STEPS = 16;

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const nodesIn = (value: unknown): Node[] => listIn(value).filter(isNode);

/** Resolves `$ref` and merges `allOf`. External and circular references become an empty schema. */
function whole(node: Node, root: Node, steps = 0): Node {
  if (steps > MOST_STEPS) return {};
  const { $ref, allOf, ...own } = node;
  const referred = typeof $ref === 'string' ? [partAt(root, $ref) ?? {}] : [];
  return [...referred, ...nodesIn(allOf)].map((part) => whole(part, root, steps + 1)).reduceRight(together, own);
}

/** `above` wins; properties are merged. */
function together(above: Node, below: Node): Node {
  const keys = {
    ...(isNode(below.properties) ? below.properties : {}),
    ...(isNode(above.properties) ? above.properties : {}),
  };
  const properties = Object.keys(keys).length > 0 ? { properties: keys } : {};
  return { ...below, ...above, ...properties, required: [...listIn(below.required), ...listIn(above.required)] };
}

/** Deeper values are edited as JSON. */
const DEEPEST = 8;
/** Texts that may be longer get several lines. */
const LONG = 5_000;
export const MOST_ROWS = 100;

const isPlain = (value: unknown): value is Plain =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
const numberOr = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const textOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The fields of a form: data of a schema, and what stands beside it, by the schemas of its keys. */
export function formOf(schema: unknown, beside: Record<string, object> = {}): GroupField {
  const data = fieldOf(schema);
  const others = Object.entries(beside).map(([key, of]) => ({ key, required: false, field: fieldOf(of) }));
  return { kind: 'group', parts: [{ key: DATA, required: data.kind !== 'json', field: data }, ...others] };
}

/** The place of the data in a form. */
export const DATA = 'data';

/** A JSON field if the schema is unknown. */
export function fieldOf(schema: unknown): Field {
  const root: Node = isNode(schema) ? schema : {};
  return read(root, root, 0);
}

const read = (schema: Node, root: Node, depth: number): Field => {
  const node = whole(schema, root);
  return { ...shapeOf(node, root, depth), ...aboutOf(node) };
};

const JSON_TEXT: Field = { kind: 'json' };

function shapeOf(node: Node, root: Node, depth: number): Field {
  // Not `readOnly`, which schema libraries also write for values that the code does not change.
  if (node.fileOnly === true) return { kind: 'json', readOnly: true };
  if (depth > DEEPEST) return JSON_TEXT;
  if (isPlain(node.const)) return { kind: 'fixed', value: node.const };
  if (Array.isArray(node.enum)) {
    const options = node.enum.filter(isPlain);
    return options.length > 0 && options.length === node.enum.length ? { kind: 'choice', options } : JSON_TEXT;
  }
  const branches = [...nodesIn(node.anyOf), ...nodesIn(node.oneOf)];
  if (branches.length > 0) return united(branches.map((branch) => read(branch, root, depth)));
  if (Array.isArray(node.type)) return united(node.type.map((type) => shapeOf({ ...node, type }, root, depth + 1)));
  switch (node.type) {
    case 'string':
      return textOf(node);
    case 'number':
    case 'integer':
      return numberOf(node);
    case 'boolean':
      return { kind: 'choice', options: [true, false] };
    case 'null':
      return { kind: 'fixed', value: null };
    case 'array':
      return isNode(node.items) && node.prefixItems === undefined
        ? listOf(node, read(node.items, root, depth + 1))
        : JSON_TEXT;
    case 'object':
      return isNode(node.properties) && Object.keys(node.properties).length > 0
        ? objectOf(node, node.properties, root, depth)
        : JSON_TEXT;
    default:
      return JSON_TEXT;
  }
}

/** Only what the schema says. */
function aboutOf(node: Node): About {
  const examples = listIn(node.examples);
  const about = {
    title: textOr(node.title),
    help: textOr(node.description),
    fallback: node.default,
    example: examples.length > 0 ? examples[0] : node.example,
    deprecated: node.deprecated === true ? true : undefined,
  };
  return Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
}

/** By format. */
const INPUTS = new Map<unknown, TextField['input']>([
  ['email', 'email'],
  ['uri', 'url'],
  ['url', 'url'],
  ['date', 'date'],
  ['time', 'time'],
]);

function textOf(node: Node): TextField {
  const longest = numberOr(node.maxLength);
  const examples = listIn(node.examples).map(String);
  const input = INPUTS.get(node.format) ?? ((longest ?? 0) > LONG ? 'lines' : 'text');
  const secret = node.secret === true || node.writeOnly === true || node.format === 'password';
  return {
    kind: 'text',
    input,
    secret,
    longest,
    suggested: examples.length > 1 && input !== 'lines' && !secret ? examples : undefined,
  };
}

function numberOf(node: Node): NumberField {
  const whole = node.type === 'integer';
  const near = (value: unknown) =>
    Math.abs(numberOr(value) ?? Infinity) < Number.MAX_SAFE_INTEGER ? numberOr(value) : undefined;
  const above = near(node.exclusiveMinimum);
  const below = near(node.exclusiveMaximum);
  return {
    kind: 'number',
    whole,
    least: near(node.minimum) ?? (above === undefined || !whole ? undefined : above + 1),
    most: near(node.maximum) ?? (below === undefined ? undefined : below - (whole ? 1 : 0)),
    above: whole ? undefined : above,
    unit: node.unit === 'bytes' || node.unit === 'milliseconds' ? node.unit : undefined,
  };
}

const listOf = (node: Node, item: Field): ListField => ({
  kind: 'list',
  item,
  least: numberOr(node.minItems) ?? 0,
  most: Math.min(numberOr(node.maxItems) ?? MOST_ROWS, MOST_ROWS),
  orOne: false,
});

/** The keys of an upload reference. */
const UPLOAD = ['upload', 'name', 'type', 'size'];

function objectOf(node: Node, properties: Node, root: Node, depth: number): Field {
  if (UPLOAD.every((key) => Object.hasOwn(properties, key))) return { kind: 'file' };
  const required = new Set(listIn(node.required));
  const parts = Object.entries(properties).flatMap(([key, inner]) =>
    isNode(inner) ? [{ key, required: required.has(key), field: read(inner, root, depth + 1) }] : [],
  );
  return { kind: 'group', parts };
}

/** Merges alternatives: null becomes nullable, constants one choice, an item or a list of them a list; the rest is a union. */
function united(all: readonly Field[]): Field {
  const branches = all
    .flatMap((field) => (field.kind === 'union' ? field.branches : [field]))
    .filter((field) => !(field.kind === 'fixed' && field.value === null));
  const nullable = branches.length < all.length || all.some((field) => field.nullable);
  const [first, second] = branches;
  if (!first) return { kind: 'fixed', value: null, nullable };
  if (!second) return { ...first, nullable };
  if (branches.every(({ kind }) => kind === 'choice' || kind === 'fixed'))
    return { kind: 'choice', options: [...new Set(branches.flatMap(plainOf))], nullable };
  if (branches.length === 2) {
    const list = branches.find((field) => field.kind === 'list');
    const one = branches.find((field) => field.kind !== 'list');
    if (list && one && JSON.stringify(list.item) === JSON.stringify(one)) return { ...list, nullable, orOne: true };
  }
  return { kind: 'union', branches, nullable };
}

const plainOf = (field: Field): readonly Plain[] =>
  field.kind === 'choice' ? field.options : field.kind === 'fixed' ? [field.value] : [];
