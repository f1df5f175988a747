// Reads who made a picture from its EXIF data. No other field of it is ever kept.

/** As sharp writes them: `{ Artist: 'Jane' }`. */
export type Credits = Record<string, string>;

const FIELDS: Record<number, string> = { 270: 'ImageDescription', 315: 'Artist', 33432: 'Copyright' };
/** The type of a text. */
const TEXT = 2;
const MAX_ENTRIES = 200;
const MAX_TEXT = 1_000;

/** From damaged data, whatever can be read. */
export function readCredits(exif: Buffer = Buffer.alloc(0)): Credits {
  const credits: Credits = {};
  const body = exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif;
  const order = body.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return credits;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const short = (at: number): number => view.getUint16(at, order === 'II');
  const long = (at: number): number => view.getUint32(at, order === 'II');
  try {
    const first = long(4);
    const count = Math.min(short(first), MAX_ENTRIES);
    for (let entry = first + 2; entry < first + 2 + count * 12; entry += 12) {
      const name = FIELDS[short(entry)];
      const size = long(entry + 4);
      if (name === undefined || short(entry + 2) !== TEXT || size > MAX_TEXT) continue;
      const from = size <= 4 ? entry + 8 : long(entry + 8);
      const text = from + size <= body.length ? textOf(body.subarray(from, from + size)) : '';
      if (text !== '') credits[name] = text;
    }
  } catch (error) {
    // The data ends before the place that it names.
    if (!(error instanceof RangeError)) throw error;
  }
  return credits;
}

function textOf(bytes: Buffer): string {
  const [text = ''] = bytes.toString().split('\0');
  return text.replace(/\p{Cc}/gu, ' ').trim();
}
