// Values of a row on their way between two engines: the kinds that arrive unchanged, and one text of a row that is the same on all engines.

export type Kind = 'integer' | 'number' | 'text' | 'bytes';
export type Cell = string | number | bigint | Uint8Array | null;
/** In the order of the table's columns. */
export type Row = readonly Cell[];

/** Text in which a column's type may be declared, and what its values are. Dates and JSON are not here: engines give them back in their own words. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^(tiny|small|medium|big)?int|^integer|^bool/, 'integer'],
  [/char|text|clob|^enum/, 'text'],
  [/blob|binary/, 'bytes'],
  [/real|floa|doub|decimal|numeric/, 'number'],
];

/** What the values of a column are, by its declared type; null when they would not arrive unchanged. */
export function kindOf(declared: string): Kind | null {
  const type = declared.trim().toLowerCase();
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? null;
}

/** A value as the driver of an engine gives it, in the form that both engines take. */
export function toCell(value: unknown, kind: Kind): Cell {
  if (value === null || value === undefined) return null;
  if (kind === 'integer') return integer(value);
  if (kind === 'number' && typeof value === 'string') return Number(value);
  if (kind === 'text' && value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value as Cell;
}

/** MySQL's drivers may give large numbers as text. */
function integer(value: unknown): Cell {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' && typeof value !== 'bigint') return value as Cell;
  if (typeof value === 'string' && !/^-?\d+$/.test(value)) return value;
  const exact = BigInt(value);
  const plain = Number(exact);
  return Number.isSafeInteger(plain) ? plain : exact;
}

/** One text per row: two rows are equal exactly when their texts are. */
export const rowText = (row: Row): string => `${row.map(cellText).join('')}\n`;

function cellText(cell: Cell): string {
  if (cell === null) return '-;';
  if (typeof cell === 'string') return `t${cell.length}:${cell};`;
  if (cell instanceof Uint8Array) return `b${Buffer.from(cell).toString('hex')};`;
  // -0 and 0 are one number to every engine.
  return `n${cell === 0 ? '0' : String(cell)};`;
}

/** About how many bytes the row is in a statement. */
export function weight(row: Row): number {
  let bytes = 0;
  for (const cell of row) {
    if (typeof cell === 'string') bytes += Buffer.byteLength(cell) + 3;
    else if (cell instanceof Uint8Array) bytes += 2 * cell.byteLength + 3;
    else bytes += 16;
  }
  return bytes;
}
