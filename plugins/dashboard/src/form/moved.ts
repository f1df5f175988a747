// Where the fields of a form are after a row was removed or moved up. It has no imports, since the browser script bundles it.

/** `step` is the name of the button, such as `remove data/to/1`. Undefined if the row of the field was removed. */
export function movedPlace(place: string, step: string): string | undefined {
  const [, kind, list = '', number = ''] = /^(remove|raise) (.+)\/(\d+)$/s.exec(step) ?? [];
  if (kind === undefined || !place.startsWith(`${list}/`)) return place;
  const [digits = ''] = /^\d+/.exec(place.slice(list.length + 1)) ?? [];
  if (digits === '') return place;
  const [row, changed] = [Number(digits), Number(number)];
  const to = kind === 'remove' ? afterRemoval(row, changed) : afterRaise(row, changed);
  return to === undefined ? undefined : `${list}/${to}${place.slice(list.length + 1 + digits.length)}`;
}

const afterRemoval = (row: number, gone: number): number | undefined =>
  row === gone ? undefined : row > gone ? row - 1 : row;
const afterRaise = (row: number, raised: number): number =>
  row === raised ? row - 1 : row === raised - 1 ? raised : row;
