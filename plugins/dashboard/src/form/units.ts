// Sizes and durations as people type them: `10 MB`, `30 s`, `2 hours`.

export type Unit = 'bytes' | 'milliseconds';

/** By size, with the names that may be typed. */
const UNITS: Record<Unit, readonly (readonly [size: number, name: string, ...others: string[]])[]> = {
  milliseconds: [
    [1, 'ms'],
    [1_000, 's', 'second', 'sec'],
    [60_000, 'min', 'minute'],
    [3_600_000, 'h', 'hour'],
    [86_400_000, 'd', 'day'],
    [604_800_000, 'w', 'week'],
  ],
  bytes: [
    [1, 'B', 'byte'],
    ...['kB', 'MB', 'GB', 'TB'].map((name, i) => [1_000 ** (i + 1), name] as const),
    ...['KiB', 'MiB', 'GiB', 'TiB'].map((name, i) => [1_024 ** (i + 1), name] as const),
  ],
};

/** What is wrong with a text that cannot be read. */
export const UNREADABLE: Record<Unit, string> = {
  milliseconds: 'must be a duration, such as 30 s, 10 min or 2 hours',
  bytes: 'must be a size, such as 500 kB, 10 MB or 2 GiB',
};

/** The number with the unit of which there are the fewest. */
export function textIn(unit: Unit, n: number): string {
  const whole = UNITS[unit].filter(([size]) => n % size === 0).sort(([a], [b]) => b - a);
  const [size, name] = whole[0] ?? [1, UNITS[unit][0]?.[1]];
  return n === 0 ? '0' : `${n / size} ${name}`;
}

/** A number in its unit, if it has one; anything else as it is. */
export const inUnit = (unit: Unit | undefined, value: unknown): string =>
  unit !== undefined && typeof value === 'number' ? textIn(unit, value) : String(value);

/** Undefined for a number without a unit, unless it is zero or of bytes. */
export function numberIn(unit: Unit, text: string): number | undefined {
  const [, digits, word = ''] = /^(\d{1,15}(?:[.,]\d{1,6})?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const n = Number(digits.replace(',', '.'));
  if (word === '') return n === 0 || (unit === 'bytes' && Number.isInteger(n)) ? n : undefined;
  const typed = word.toLowerCase();
  const isNamed = (name: string) => [name.toLowerCase(), `${name.toLowerCase()}s`].includes(typed);
  const found = UNITS[unit].find(([, ...names]) => names.some(isNamed));
  return found && Math.round(n * found[0]);
}
