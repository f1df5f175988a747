// The form that a JSON Schema describes, for a page without a script: one field for each property, and JSON for what is nested.
import type { FieldError } from '@phraseworks/sdk';
import { branches, isNode, type Node } from '@phraseworks/sdk/secrets';
import { html } from 'hono/html';

interface Field {
  /** Of its input, and of its part of the data in errors. */
  path: string;
  /** Undefined: the whole value. */
  name: string | undefined;
  schema: Node;
  isRequired: boolean;
  kind: 'choice' | 'number' | 'text' | 'json';
  /** What a choice is between. */
  choices: readonly unknown[];
}

/** As a form sends it. */
export type Posted = Readonly<Record<string, string>>;

function fieldOf(schema: Node, isRequired: boolean, name?: string): Field {
  const node = branches(schema).find(({ type, enum: all }) => all || (type && type !== 'null')) ?? schema;
  const choices = node.type === 'boolean' ? [true, false] : Array.isArray(node.enum) ? node.enum : [];
  const isNumber = node.type === 'number' || node.type === 'integer';
  const other = isNumber ? 'number' : node.type === 'string' ? 'text' : 'json';
  const path = name === undefined ? 'data' : `data.${name}`;
  return { path, name, schema, isRequired, choices, kind: choices.length > 0 ? 'choice' : other };
}

function fieldsOf(schema: Node): Field[] {
  if (!isNode(schema.properties)) return [fieldOf(schema, true)];
  const { required } = schema;
  return Object.entries(schema.properties).flatMap(([name, part]) =>
    isNode(part) ? [fieldOf(part, Array.isArray(required) && required.includes(name), name)] : [],
  );
}

export const formOf = (schema: Node, posted: Posted, errors: readonly FieldError[] = []) =>
  fieldsOf(schema).map((field) => {
    const { path, name = 'Answer', schema: own, isRequired } = field;
    const wrong = errors.filter((one) => one.path.startsWith(path) && /^(?:$|[.[])/.test(one.path.slice(path.length)));
    const about = own.description ?? (isRequired ? '' : 'optional');
    return html`<label>${own.title ?? name} <small>${about}</small>${wrong.map(({ message }) => html`<br><span class="error">${message}</span>`)}${control(field, posted[path] ?? '')}</label>`;
  });

function control({ kind, path, choices, schema }: Field, value: string) {
  if (kind === 'choice') {
    const words = choices.map((choice) => (choice === true ? 'Yes' : choice === false ? 'No' : String(choice)));
    const options = words.map(
      (word, i) => html`<option value="${i}" ${value === `${i}` ? 'selected' : ''}>${word}</option>`,
    );
    return html`<select name="${path}"><option value=""></option>${options}</select>`;
  }
  if (kind === 'number') return html`<input type="number" step="any" name="${path}" value="${value}">`;
  if (kind === 'text' && (schema.format !== undefined || Number(schema.maxLength) <= 100))
    return html`<input name="${path}" value="${value}">`;
  return html`<textarea name="${path}" rows="3">${value}</textarea>`;
}

/** What was entered; what is no number or JSON stays text, which the schema refuses. */
export function readForm(schema: Node, posted: Posted): unknown {
  const read = ({ path, kind, choices }: Field): unknown => {
    const text = posted[path] ?? '';
    if (text.trim() === '') return undefined;
    if (kind === 'choice') return choices[Number(text)];
    return kind === 'text' ? text : jsonOr(text);
  };
  const fields = fieldsOf(schema);
  const [whole] = fields;
  if (whole && whole.name === undefined) return read(whole);
  const entries = fields.map((field) => [field.name, read(field)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
