// A form that is being filled in: texts by place, `data/operations/0/width`, and beside them entries that are not values.

/**
 * `place?rows` how many rows a list has, `place?as` the shape chosen of several, `place?json` a text that stands for the whole place,
 * `place?more` keys that have no field, `place?kept` a secret that is there and not shown, `place?forget` that it is to go,
 * `place?set` that it is given though empty, `place?list` that it stays a list with one row.
 */
export type Draft = Map<string, string>;

/** The place of the whole value. */
export const ROOT = 'data';

const HIDDEN: Record<string, string> = { '~': '~0', '/': '~1', '?': '~2' };

export const placeIn = (place: string, key: string | number): string =>
  `${place}/${String(key).replace(/[~/?]/g, (sign) => HIDDEN[sign] ?? sign)}`;

/** The fields of a posted form that are part of the draft. */
export function draftOf(posted: Readonly<Record<string, unknown>>): Draft {
  const entries = Object.entries(posted).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && /^data(?:[/?]|$)/.test(entry[0]),
  );
  // Browsers send the ends of lines as CR LF.
  return new Map(entries.map(([name, text]) => [name, text.replaceAll('\r\n', '\n')]));
}

export const rowsIn = (draft: Draft, place: string, most: number): number => {
  const text = draft.get(`${place}?rows`) ?? '0';
  return /^\d{1,4}$/.test(text) ? Math.min(Number(text), most) : 0;
};

/** Adds an empty row at the end. */
export function addRow(draft: Draft, place: string, most: number): void {
  draft.set(`${place}?rows`, String(Math.min(rowsIn(draft, place, most) + 1, most)));
}

/** What was typed in the rows after it moves up with them. */
export function removeRow(draft: Draft, place: string, row: number, most: number): void {
  const rows = rowsIn(draft, place, most);
  if (row >= rows) return;
  renumber(draft, place, (i) => (i === row ? undefined : i > row ? i - 1 : i));
  draft.set(`${place}?rows`, String(rows - 1));
}

/** The first row stays where it is. */
export function raiseRow(draft: Draft, place: string, row: number): void {
  if (row > 0) renumber(draft, place, (i) => (i === row ? row - 1 : i === row - 1 ? row : i));
}

function renumber(draft: Draft, place: string, to: (row: number) => number | undefined): void {
  const moved: [string, string][] = [];
  for (const [name, text] of draft) {
    if (!name.startsWith(`${place}/`)) continue;
    const [number = ''] = /^\d+/.exec(name.slice(place.length + 1)) ?? [];
    if (number === '') continue;
    draft.delete(name);
    const row = to(Number(number));
    if (row !== undefined) moved.push([`${place}/${row}${name.slice(place.length + 1 + number.length)}`, text]);
  }
  for (const [name, text] of moved) draft.set(name, text);
}
