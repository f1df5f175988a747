// A JSON Schema as rows of a table: one for each field, those of nested objects with their path. Pure.

/** A piece of a type in words: text, or the name of another schema. */
export type Piece = string | { ref: string };

export interface Row {
  /** `data.to`, `jobs[].id`. */
  path: string;
  type: Piece[];
  required: boolean;
  about: string;
}

export interface Shape {
  /** What the whole is, where it is no object with fields of its own. */
  whole: Piece[];
  rows: Row[];
}

type Node = Readonly<Record<string, unknown>>;

const REF = '#/components/schemas/';
const DEEPEST = 4;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);
const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** The forms that a union has; one for everything else. */
export const shapesOf = (schema: object): Shape[] => {
  const forms = branches(schema as Node);
  return (forms.length > 0 && forms.every((form) => isNode(form.properties)) ? forms : [schema as Node]).map(shapeOf);
};

const branches = ({ anyOf, oneOf }: Node): Node[] => nodes(anyOf ?? oneOf);

function shapeOf(schema: Node): Shape {
  const rows = rowsIn(schema, '', 0);
  return { whole: rows.length > 0 && isNode(schema.properties) ? [] : typeOf(schema), rows };
}

function rowsIn(schema: Node, base: string, depth: number): Row[] {
  if (depth > DEEPEST) return [];
  const list = isNode(schema.items) ? schema.items : null;
  if (list) return rowsIn(list, `${base}[]`, depth);
  if (!isNode(schema.properties)) return [];
  const required = Array.isArray(schema.required) ? (schema.required as unknown[]) : [];
  return Object.entries(schema.properties).flatMap(([name, value]): Row[] => {
    const field = isNode(value) ? value : {};
    const path = base === '' ? name : `${base}.${name}`;
    const row = { path, type: typeOf(field), required: required.includes(name), about: aboutOf(field) };
    return [row, ...rowsIn(withoutNull(field), path, depth + 1)];
  });
}

/** `X | null` is shown with the fields of X. */
function withoutNull(schema: Node): Node {
  const others = branches(schema).filter(({ type }) => type !== 'null');
  return others.length === 1 && others[0] ? others[0] : schema;
}

export function typeOf(schema: Node): Piece[] {
  if (typeof schema.$ref === 'string') return [{ ref: schema.$ref.replace(REF, '').split('/', 1)[0] ?? '' }];
  if ('const' in schema) return [JSON.stringify(schema.const)];
  if (Array.isArray(schema.enum)) return [schema.enum.map((value) => JSON.stringify(value)).join(' | ')];
  const forms = branches(schema);
  if (forms.length > 0) return joined(forms.map(typeOf));
  if (schema.type === 'array') return ['list of ', ...(isNode(schema.items) ? typeOf(schema.items) : ['anything'])];
  if (isNode(schema.additionalProperties) && !isNode(schema.properties)) {
    return ['object of ', ...typeOf(schema.additionalProperties)];
  }
  if (typeof schema.format === 'string') return [schema.format === 'date-time' ? 'time' : schema.format];
  if (Array.isArray(schema.type)) return [schema.type.join(' | ')];
  return [typeof schema.type === 'string' ? schema.type : 'anything'];
}

const joined = (parts: readonly Piece[][]): Piece[] =>
  parts.flatMap((part, index) => (index === 0 ? part : [' | ', ...part]));

/** Its description and its limits. */
function aboutOf(schema: Node): string {
  const parts = typeof schema.description === 'string' ? [schema.description] : [];
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, default: fallback } = schema;
  const range = (least: unknown, most: unknown, unit: string): void => {
    if (typeof least === 'number' && typeof most === 'number') parts.push(`${least} to ${most}${unit}.`);
    else if (typeof most === 'number') parts.push(`At most ${most}${unit}.`);
    else if (typeof least === 'number' && least !== 0) parts.push(`At least ${least}${unit}.`);
  };
  range(minimum, maximum, '');
  range(minLength, maxLength, ' characters');
  range(minItems, maxItems, ' entries');
  if (fallback !== undefined) parts.push(`${JSON.stringify(fallback)} by default.`);
  return parts.join(' ');
}
