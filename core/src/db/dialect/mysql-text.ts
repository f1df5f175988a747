// Values as they stand in a statement.

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

type Format = (sql: string, values: unknown[]) => string;

/** A statement with its values in it. `format` is what mysql2 has for that: it knows which question marks are part of a text. */
export function textOf(sql: string, values: readonly unknown[], format: Format): string {
  for (const value of values) check(value);
  if (values.length === 0) return sql;
  const parts = sql.split('?');
  if (parts.length !== values.length + 1) return format(sql, values as unknown[]);
  let text = parts[0] ?? '';
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (typeof value === 'string') text += quoted(value);
    else if (typeof value === 'number') text += value;
    else text += value === null ? 'null' : format('?', [value]);
    text += parts[i + 1];
  }
  return text;
}
