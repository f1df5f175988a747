// Values as text of a statement.
import type { RowsInsert } from '../prepared.ts';

/** What may be a value: mysql2 makes SQL out of other objects. */
function check(value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Buffer.isBuffer(value)) return;
  throw new TypeError('a value of a statement must be a text, a finite number, a boolean, a buffer or null');
}

/**
 * Between single quotes only these two mean something. Doubled they cannot end a text, in whatever `sql_mode`; the texts here are
 * mostly JSON, which is full of the double quotes that mysql2 would escape, too.
 */
function quoted(text: string): string {
  const safe = text.includes('\\') ? text.replaceAll('\\', '\\\\') : text;
  return `'${safe.includes("'") ? safe.replaceAll("'", "''") : safe}'`;
}

/** What mysql2 makes of a text with values. */
export type Format = (sql: string, values: unknown[]) => string;

/** One value as text of a statement. */
function literal(value: unknown, format: Format): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(value);
  return value === null ? 'null' : format('?', [value]);
}

/** An insert of many rows with their values in it. */
export function insertText({ head, rows, used, tail }: RowsInsert, format: Format): string {
  let text = head;
  let between = ' (';
  for (const row of rows) {
    for (const i of used) {
      const value = row[i];
      check(value);
      text += between + literal(value, format);
      between = ', ';
    }
    between = '), (';
  }
  return `${text})${tail}`;
}

/** A statement with its values in it. `format` is what mysql2 has for that: it knows which question marks are part of a text. */
export function textOf(sql: string, values: readonly unknown[], format: Format): string {
  for (const value of values) check(value);
  if (values.length === 0) return sql;
  const parts = sql.split('?');
  if (parts.length !== values.length + 1) return format(sql, values as unknown[]);
  let text = parts[0] ?? '';
  for (let i = 0; i < values.length; i += 1) {
    text += literal(values[i], format) + parts[i + 1];
  }
  return text;
}
