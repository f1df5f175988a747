// Places of a form, as its buttons and its files name them.

/** Does a button with this name only change the shape of the form? */
export const reshapes = (step: string): boolean => step === 'show' || /^(?:add|remove|raise) data/.test(step);

/** Where the field at `place` stands after a row was taken out or moved up; undefined when it is gone. */
export function movedPlace(place: string, step: string): string | undefined {
  const [, kind, list = '', number = ''] = /^(remove|raise) (.+)\/(\d+)$/.exec(step) ?? [];
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

/** `data/attachments/3` is the part `data.attachments[0]` when it is the first file of its list: rows without a file count for nothing. */
export function partName(place: string, counted: Map<string, number>): string {
  const [root = '', ...keys] = place.split('/');
  const last = keys.at(-1) ?? '';
  const name = (parts: readonly string[]) =>
    parts.reduce((path, key) => (/^\d+$/.test(key) ? `${path}[${key}]` : `${path}.${plain(key)}`), root);
  if (!/^\d+$/.test(last)) return name(keys);
  const list = name(keys.slice(0, -1));
  const row = counted.get(list) ?? 0;
  counted.set(list, row + 1);
  return `${list}[${row}]`;
}

const plain = (key: string): string => key.replaceAll('~2', '?').replaceAll('~1', '/').replaceAll('~0', '~');
