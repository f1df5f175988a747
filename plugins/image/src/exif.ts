// Reads the few EXIF fields that a site may want to keep. No other field is ever kept.

export type ExifGroup = 'credits' | 'camera' | 'gps';
/** By directory, as sharp writes them: `{ IFD0: { Artist: 'Jane' } }`. */
export type ExifFields = Record<ExifGroup, Record<string, Record<string, string>>>;

const IFD0_FIELDS: Record<number, [group: ExifGroup, name: string]> = {
  270: ['credits', 'ImageDescription'],
  315: ['credits', 'Artist'],
  33432: ['credits', 'Copyright'],
  271: ['camera', 'Make'],
  272: ['camera', 'Model'],
};
const CAMERA_FIELDS: Record<number, [group: ExifGroup, name: string]> = {
  33434: ['camera', 'ExposureTime'],
  33437: ['camera', 'FNumber'],
  34855: ['camera', 'ISOSpeedRatings'],
  36867: ['camera', 'DateTimeOriginal'],
  37386: ['camera', 'FocalLength'],
  42036: ['camera', 'LensModel'],
};
const GPS_FIELDS: Record<number, [group: ExifGroup, name: string]> = {
  1: ['gps', 'GPSLatitudeRef'],
  2: ['gps', 'GPSLatitude'],
  3: ['gps', 'GPSLongitudeRef'],
  4: ['gps', 'GPSLongitude'],
  5: ['gps', 'GPSAltitudeRef'],
  6: ['gps', 'GPSAltitude'],
};
const CAMERA_DIRECTORY = 0x8769;
const GPS_DIRECTORY = 0x8825;
const MAX_ENTRIES = 200;
const MAX_TEXT = 1_000;
/** Bytes of one value by type: 1 byte, 2 text, 3 short, 4 long, 5 two longs. */
const SIZES: Record<number, number> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8 };

class Directory {
  readonly #bytes: DataView;
  readonly #little: boolean;

  constructor(bytes: DataView, little: boolean) {
    this.#bytes = bytes;
    this.#little = little;
  }

  long = (at: number): number => this.#bytes.getUint32(at, this.#little);

  /** Tag and place of each entry of the directory at `start`. Throws `RangeError` beyond the end. */
  entries(start: number): [tag: number, at: number][] {
    const count = Math.min(this.#bytes.getUint16(start, this.#little), MAX_ENTRIES);
    return Array.from({ length: count }, (_, i) => {
      const at = start + 2 + i * 12;
      return [this.#bytes.getUint16(at, this.#little), at];
    });
  }

  /** The value of the entry at `at` as text; null for types we do not read. Throws `RangeError` beyond the end. */
  value(at: number): string | null {
    const type = this.#bytes.getUint16(at + 2, this.#little);
    const count = this.long(at + 4);
    const size = (SIZES[type] ?? 0) * count;
    if (size === 0 || size > MAX_TEXT) return null;
    const from = size <= 4 ? at + 8 : this.long(at + 8);
    if (type === 2) return this.#text(from, count);
    const each = SIZES[type] ?? 1;
    return Array.from({ length: count }, (_, i) => this.#number(type, from + i * each)).join(' ');
  }

  #number(type: number, at: number): string {
    if (type === 1) return String(this.#bytes.getUint8(at));
    if (type === 3) return String(this.#bytes.getUint16(at, this.#little));
    return type === 4 ? String(this.long(at)) : `${this.long(at)}/${this.long(at + 4)}`;
  }

  #text(from: number, count: number): string | null {
    const bytes = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    if (from + count > bytes.length) return null;
    const text = new TextDecoder().decode(bytes.subarray(from, from + count)).split('\0')[0] ?? '';
    return text.replace(/\p{Cc}/gu, ' ').trim() || null;
  }
}

/** The fields by group. From damaged data, whatever can be read. */
export function readExif(exif: Buffer | undefined): ExifFields {
  const found: ExifFields = { credits: {}, camera: {}, gps: {} };
  if (!exif) return found;
  const body = exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif;
  const order = body.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return found;
  const directory = new Directory(new DataView(body.buffer, body.byteOffset, body.length), order === 'II');
  const collect = (start: number, name: string, fields: typeof IFD0_FIELDS) => {
    for (const [tag, at] of directory.entries(start)) {
      if (name === 'IFD0' && tag === CAMERA_DIRECTORY) collect(directory.long(at + 8), 'IFD2', CAMERA_FIELDS);
      if (name === 'IFD0' && tag === GPS_DIRECTORY) collect(directory.long(at + 8), 'IFD3', GPS_FIELDS);
      const field = fields[tag];
      const value = field ? directory.value(at) : null;
      if (field && value !== null) found[field[0]][name] = { ...found[field[0]][name], [field[1]]: value };
    }
  };
  try {
    collect(directory.long(4), 'IFD0', IFD0_FIELDS);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}
