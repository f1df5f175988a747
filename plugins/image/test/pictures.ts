// Pictures for the tests, made by sharp: quarters of known colours, and files that lie.
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';

export type Rgb = readonly [number, number, number];
export const RED: Rgb = [220, 20, 20];
export const GREEN: Rgb = [20, 200, 20];
export const BLUE: Rgb = [20, 20, 220];
export const WHITE: Rgb = [250, 250, 250];

/** Red, green / blue, white in the four quarters: any turn or flip shows. */
export function quarters(width = 400, height = 300) {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const block = ([r, g, b]: Rgb, left: number, top: number) => ({
    input: {
      create: {
        width: Math.min(w, width - left),
        height: Math.min(h, height - top),
        channels: 3 as const,
        background: { r, g, b },
      },
    },
    left,
    top,
  });
  return sharp({ create: { width, height, channels: 3, background: '#000' } }).composite([
    block(RED, 0, 0),
    block(GREEN, w, 0),
    block(BLUE, 0, h),
    block(WHITE, w, h),
  ]);
}

/** The colours in the middle of the four quarters: top left, top right, bottom left, bottom right. */
export async function corners(bytes: Buffer): Promise<Rgb[]> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): Rgb => {
    const start = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
    return [data[start] ?? 0, data[start + 1] ?? 0, data[start + 2] ?? 0];
  };
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

/** Each colour within `by` of what is expected. */
export const near = (got: readonly Rgb[], wanted: readonly Rgb[], by = 30): boolean =>
  got.every((colour, i) => colour.every((value, k) => Math.abs(value - (wanted[i]?.[k] ?? -999)) <= by));

function crc(bytes: Buffer): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG that says it is `width` x `height`, with whatever data. */
export function pngSaying(
  width: number,
  height: number,
  data: Buffer = deflateSync(Buffer.alloc(100)),
  more: Buffer[] = [],
): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    ...more,
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A chunk of text or of a colour profile: `bytes` zeros, compressed to nearly nothing. */
export const compressed = (kind: string, bytes: number): Buffer =>
  chunk(kind, Buffer.concat([Buffer.from('k\0\0', 'latin1'), deflateSync(Buffer.alloc(bytes))]));

/** Three frames of 60 x 40, red, green and blue, shown for 100, 200 and 300 ms, twice. */
export async function moving(format: 'gif' | 'webp'): Promise<Buffer> {
  const frames = ['#ff0000', '#00ff00', '#0000ff'].map((background) =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .png()
      .toBuffer(),
  );
  const times = { delay: [100, 200, 300], loop: 2 };
  const joined = sharp(await Promise.all(frames), { join: { animated: true } });
  return (format === 'gif' ? joined.gif(times) : joined.webp(times)).toBuffer();
}
