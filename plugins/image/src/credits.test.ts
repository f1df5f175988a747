// EXIF data: who made the picture, and malformed data.
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { CREDITS, photoOf } from '../test/metadata.ts';
import { readCredits } from './credits.ts';

const exif = (await sharp(await photoOf()).metadata()).exif ?? Buffer.alloc(0);

/** The same data in the other order of bytes, as far as it is read: one text of `name`. */
function bigEndian(name: string): Buffer {
  const bytes = Buffer.alloc(26 + name.length);
  bytes.write('MM\0*\0\0\0\x08\0\x01', 'latin1');
  bytes.writeUInt16BE(315, 10);
  bytes.writeUInt16BE(2, 12);
  bytes.writeUInt32BE(name.length, 14);
  bytes.writeUInt32BE(26, 18);
  bytes.write(name, 26);
  return bytes;
}

test('artist and copyright are read, and other fields are ignored', () => {
  expect(readCredits(exif)).toEqual(CREDITS);
  expect(readCredits(bigEndian('Jane Doe'))).toEqual({ Artist: 'Jane Doe' });
});

test('control characters in a text become spaces', () => {
  expect(readCredits(bigEndian('Jane\n\u001b[31mDoe'))).toEqual({ Artist: 'Jane  [31mDoe' });
});

test('data truncated anywhere, or with any byte changed, never throws', () => {
  for (let length = 0; length < exif.length; length++)
    expect(() => readCredits(exif.subarray(0, length))).not.toThrow();
  for (let at = 6; at < exif.length; at++) {
    for (const value of [0, 0x7f, 0xff]) {
      const wrong = Buffer.from(exif);
      wrong[at] = value;
      expect(() => readCredits(wrong)).not.toThrow();
    }
  }
});
