// EXIF data: the fields that may be kept, and malformed data.
import { expect, test } from 'vitest';
import { CAMERA, CREDITS, exifOf, PLACE } from '../test/metadata.ts';
import { readExif } from './exif.ts';

const NONE = { credits: {}, camera: {}, gps: {} };
const exif = exifOf({ ...CREDITS, 271: 'ACME', 50735: 'SERIAL-4711' }, CAMERA, PLACE);

test('known fields are read by category, and others are ignored', () => {
  expect(readExif(exif)).toEqual({
    credits: { IFD0: { Artist: 'Jane Doe', Copyright: '(c) Jane Doe' } },
    camera: { IFD0: { Make: 'ACME' }, IFD2: { ExposureTime: '1/250', DateTimeOriginal: '2026:01:02 03:04:05' } },
    gps: {
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '53/1 32/1 7/1', GPSLongitudeRef: 'E', GPSLongitude: '9/1 59/1 1/1' },
    },
  });
});

test('control characters in a text become spaces', () => {
  const odd = readExif(exifOf({ 315: 'Jane\n\u001b[31mDoe' }, {}, {}));
  expect(odd.credits).toEqual({ IFD0: { Artist: 'Jane  [31mDoe' } });
});

test('missing data and data of another kind give no fields', () => {
  expect([undefined, Buffer.alloc(0), Buffer.from('Exif\0\0'), Buffer.from('nothing')].map(readExif)).toEqual([
    NONE,
    NONE,
    NONE,
    NONE,
  ]);
});

test('data truncated anywhere, or with any byte changed, never throws', () => {
  for (let length = 0; length < exif.length; length++) expect(() => readExif(exif.subarray(0, length))).not.toThrow();
  for (let at = 6; at < exif.length; at++) {
    for (const value of [0, 0x7f, 0xff]) {
      const wrong = Buffer.from(exif);
      wrong[at] = value;
      expect(() => readExif(wrong)).not.toThrow();
    }
  }
});
