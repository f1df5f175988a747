// Leaves out of a PNG what no result keeps: texts, which may unpack to gigabytes each time the file is opened.
import { formatOfBytes } from './formats.ts';

const SIGNATURE = 8;
/** Length, type and checksum of a chunk. */
const FRAME = 12;
/** Of the chunks that a picture can be shown without, those that change how it looks, and the EXIF data. */
const WANTED = new Set(['tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'cICP', 'sBIT', 'eXIf']);

/** The same bytes for any other format, and for what follows a chunk that is cut off. */
export function withoutTexts(bytes: Buffer): Buffer {
  if (formatOfBytes(bytes) !== 'png') return bytes;
  const kept = [bytes.subarray(0, SIGNATURE)];
  let at = SIGNATURE;
  while (at + FRAME <= bytes.length) {
    const end = at + FRAME + bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (end > bytes.length) break;
    // The first letter of chunks without which there is no picture is a capital.
    if (/^[A-Z]/.test(type) || WANTED.has(type)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}
