// The form that a JSON Schema describes, for a page without a script: one field for each property, and JSON for what is nested.
import type { FieldError } from '@phraseworks/sdk';
import { branches, isNode, type Node } from '@phraseworks/sdk/secrets';
import { html } from 'hono/html';

/** More characters get several lines. */
const LONG = 100;

interface Field {
  /** Null: the whole value. */
  name: string | null;
  label: string;
  help: string | null;
  isRequired: boolean;
  /** `choices`: what a choice is between. */
  kind: 'choice' | 'number' | 'text' | 'json';
  choices: readonly unknown[];
  isLong: boolean;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function fieldOf(name: string | null, schema: Node, isRequired: boolean): Field {
  const node = branches(schema).find(({ type, enum: all }) => all || (type && type !== 'null')) ?? schema;
  const choices = node.type === 'boolean' ? [true, false] : Array.isArray(node.enum) ? node.enum : [];
  const isNumber = node.type === 'number' || node.type === 'integer';
  const other = isNumber ? 'number' : node.type === 'string' ? 'text' : 'json';
  return {
    name,
    label: textOf(schema.title) ?? name ?? 'Answer',
    help: textOf(schema.description),
    isRequired,
    kind: choices.length > 0 ? 'choice' : other,
    choices,
    isLong: other === 'json' || (node.format === undefined && !(Number(node.maxLength) <= LONG)),
  };
}

function fieldsOf(schema: Node): Field[] {
  if (!isNode(schema.properties)) return [fieldOf(null, schema, true)];
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).flatMap(([name, part]) =>
    isNode(part) ? [fieldOf(name, part, required.includes(name))] : [],
  );
}

/** As `c.req.parseBody()` gives it. */
export type Posted = Readonly<Record<string, unknown>>;

const inputOf = ({ name }: Field): string => (name === null ? 'value' : `data.${name}`);

export function formOf(schema: Node, posted: Posted = {}, errors: readonly FieldError[] = []) {
  return fieldsOf(schema).map((field) => {
    const input = inputOf(field);
    const value = textOf(posted[input]) ?? '';
    const path = field.name === null ? 'data' : `data.${field.name}`;
    const wrong = errors.filter(
      (error) => `${error.path}.`.startsWith(`${path}.`) || error.path.startsWith(`${path}[`),
    );
    const about = html`${field.help === null ? '' : html` <small>${field.help}</small>`}${wrong.map(({ message }) => html`<br><span class="error">${message}</span>`)}`;
    return html`<label>${field.label}${field.isRequired ? '' : html` <small>optional</small>`}${about}${control(field, input, value)}</label>`;
  });
}

function control({ kind, choices, isLong }: Field, name: string, value: string) {
  if (kind === 'choice') {
    const options = choices.map((choice, i) => {
      const text = choice === true ? 'Yes' : choice === false ? 'No' : String(choice);
      return html`<option value="${i}"${value === String(i) ? ' selected' : ''}>${text}</option>`;
    });
    return html`<select name="${name}"><option value=""></option>${options}</select>`;
  }
  if (kind === 'number') return html`<input type="number" step="any" name="${name}" value="${value}">`;
  if (isLong) return html`<textarea name="${name}" rows="3">${value}</textarea>`;
  return html`<input name="${name}" value="${value}">`;
}

/** What was entered; what is no number or JSON stays text, which the schema refuses. */
export function readForm(schema: Node, posted: Posted): unknown {
  const read = (field: Field): unknown => {
    const text = textOf(posted[inputOf(field)]) ?? '';
    if (text.trim() === '') return undefined;
    if (field.kind === 'choice') return field.choices[Number(text)];
    return field.kind === 'text' ? text : jsonOr(text);
  };
  const fields = fieldsOf(schema);
  if (fields[0]?.name === null) return read(fields[0]);
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = read(field);
      return value === undefined ? [] : [[field.name, value]];
    }),
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
