// Sources that carry something: EXIF data written by hand, and wide colours.
import sharp from 'sharp';

const CAMERA_DIRECTORY = 0x8769;
const GPS_DIRECTORY = 0x8825;

type Value = string | number | [number, number][];

function entry(tag: number, value: Value, place: (bytes: Buffer) => number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16LE(tag, 0);
  if (typeof value === 'number') {
    bytes.writeUInt16LE(4, 2);
    bytes.writeUInt32LE(1, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  }
  const body =
    typeof value === 'string'
      ? Buffer.from(`${value}\0`)
      : Buffer.concat(value.map((pair) => Buffer.from(new Uint32Array(pair).buffer)));
  bytes.writeUInt16LE(typeof value === 'string' ? 2 : 5, 2);
  bytes.writeUInt32LE(typeof value === 'string' ? body.length : value.length, 4);
  if (body.length <= 4) body.copy(bytes, 8);
  else bytes.writeUInt32LE(place(body), 8);
  return bytes;
}

/** EXIF data of three directories, as a camera would write it. */
export function exifOf(ifd0: Record<number, Value>, camera: Record<number, Value>, gps: Record<number, Value>): Buffer {
  const sizes = [Object.keys(ifd0).length + 2, Object.keys(camera).length, Object.keys(gps).length];
  const starts: number[] = [];
  let at = 8;
  for (const size of sizes) {
    starts.push(at);
    at += 2 + size * 12 + 4;
  }
  const values: Buffer[] = [];
  const place = (bytes: Buffer) => {
    values.push(bytes);
    at += bytes.length;
    return at - bytes.length;
  };
  const directory = (fields: Record<number, Value>) => {
    const count = Buffer.alloc(2);
    const list = Object.entries(fields);
    count.writeUInt16LE(list.length, 0);
    return Buffer.concat([count, ...list.map(([tag, value]) => entry(Number(tag), value, place)), Buffer.alloc(4)]);
  };
  const head = Buffer.from('Exif\0\0II*\0\x08\0\0\0', 'latin1');
  const linked = { ...ifd0, [CAMERA_DIRECTORY]: starts[1] ?? 0, [GPS_DIRECTORY]: starts[2] ?? 0 };
  return Buffer.concat([head, directory(linked), directory(camera), directory(gps), ...values]);
}

export const CREDITS = { 315: 'Jane Doe', 33432: '(c) Jane Doe' };
export const CAMERA = { 33434: [[1, 250]] as [number, number][], 36867: '2026:01:02 03:04:05' };
export const PLACE = {
  1: 'N',
  2: [
    [53, 1],
    [32, 1],
    [7, 1],
  ] as [number, number][],
  3: 'E',
  4: [
    [9, 1],
    [59, 1],
    [1, 1],
  ] as [number, number][],
};

/** A JPEG of a person with a camera: name, camera, place and a serial number. */
export async function photoOf(width = 64, height = 48): Promise<Buffer> {
  const jpeg = await sharp({ create: { width, height, channels: 3, background: '#c04020' } })
    .jpeg()
    .toBuffer();
  const exif = exifOf({ ...CREDITS, 271: 'ACME', 50735: 'SERIAL-4711' }, CAMERA, PLACE);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(exif.length + 2, 0);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, exif, jpeg.subarray(2)]);
}

/** A strong red that sRGB has no word for, in the colours of newer cameras and screens. */
export const wideRed = (): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: '#ff0000' } })
    .withIccProfile('p3')
    .jpeg({ quality: 95 })
    .toBuffer();
