// Paging with opaque cursors.

export interface Place {
  /** Milliseconds since 1970. */
  at: number;
  /** Distinguishes rows of the same time. */
  key: string[];
}

const toCursor = ({ at, key }: Place): string =>
  Buffer.from(JSON.stringify([at, ...key]), 'utf8').toString('base64url');

/** Null if the cursor is not ours. */
export function fromCursor(text: string, keys: number): Place | null {
  if (text.length > 1_000) return null;
  try {
    const [at, ...key] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as unknown[];
    if (typeof at !== 'number' || !Number.isSafeInteger(at)) return null;
    if (key.length !== keys || !key.every((part) => typeof part === 'string')) return null;
    return { at, key };
  } catch {
    return null;
  }
}

export interface Page<T> {
  rows: T[];
  /** Null at the end. */
  next: string | null;
}

/** `rows` holds up to one row more than `limit`. */
export function pageOf<T>(rows: T[], limit: number, placeOf: (row: T) => Place): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last !== undefined ? toCursor(placeOf(last)) : null };
}
