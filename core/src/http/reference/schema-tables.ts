// Schemas as tables for people.
import { html } from 'hono/html';
import { type Piece, type Row, type Shape, shapesOf } from './schema-rows.ts';

export type Html = ReturnType<typeof html>;

export const pieces = (parts: readonly Piece[]): Html =>
  html`${parts.map((part) =>
    typeof part === 'string'
      ? html`<code>${part}</code>`
      : html`<a href="#schema-${part.ref}"><code>${part.ref}</code></a>`,
  )}`;

/** One table, or one for each form of a union. Where it only refers to another schema, that schema's table is beside it. */
export function shapeTables(schema: object, schemas: Readonly<Record<string, object>> = {}): Html {
  const shapes = shapesOf(schema).flatMap((shape) => [shape, ...referred(shape, schemas)]);
  return html`${shapes.map(
    (
      { whole, rows },
      index,
    ) => html`${index === 0 || shapes[0]?.rows.length === 0 ? '' : html`<p><small>or</small></p>`}
${whole.length === 0 ? '' : html`<p>${pieces(whole)}</p>`}
${rows.length === 0 ? '' : table(rows)}`,
  )}`;
}

function referred({ whole, rows }: Shape, schemas: Readonly<Record<string, object>>): Shape[] {
  const first = whole.find((piece) => typeof piece === 'object');
  const schema = first && rows.length === 0 ? schemas[first.ref] : undefined;
  return schema ? shapesOf(schema) : [];
}

const table = (rows: readonly Row[]): Html => html`<table>
<thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>
${rows.map(
  ({ path, type, required, about }) =>
    html`<tr><td><code>${path}</code>${required ? html` <small class="must">required</small>` : ''}</td><td>${pieces(type)}</td><td>${about}</td></tr>`,
)}
</tbody></table>`;
