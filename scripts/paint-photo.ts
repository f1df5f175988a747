// Paints the photograph of the demonstration: 4032 x 3024, as a phone held upside down stores it, with the place it was taken at.
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { Canvas, sequence } from './photo/canvas.ts';
import { paintHarbour } from './photo/harbour.ts';

const WIDTH = 4_032;
const HEIGHT = 3_024;
/** The tag that says: turn me by half. */
const UPSIDE_DOWN = 3;
const GRAIN = 13;

// What a camera adds, and a site should not pass on.
const EXIF = {
  IFD0: { Make: 'PhraseWorks', Model: 'Painted camera', Artist: 'PhraseWorks Jobs' },
  IFD2: { DateTimeOriginal: '2026:06:21 20:41:07', FNumber: '18/10', ExposureTime: '1/250' },
  IFD3: {
    GPSLatitudeRef: 'N',
    GPSLatitude: '53/1 32/1 3636/100',
    GPSLongitudeRef: 'E',
    GPSLongitude: '9/1 58/1 1234/100',
    GPSAltitude: '7/1',
  },
};

/** The pixels from last to first, with the grain of a sensor. */
function developed(canvas: Canvas): Buffer {
  const next = sequence(4_032);
  const { pixels } = canvas;
  const turned = Buffer.alloc(pixels.length);
  for (let from = 0, to = pixels.length - 3; to >= 0; from += 3, to -= 3) {
    const grain = (next() + next() - 1) * GRAIN;
    for (let channel = 0; channel < 3; channel++) {
      const value = (pixels[from + channel] as number) + grain;
      turned[to + channel] = Math.max(0, Math.min(255, value));
    }
  }
  return turned;
}

/** Writes the JPEG to `path`; the same each time. Folders are made. */
export async function paintPhoto(path: string): Promise<void> {
  const canvas = new Canvas(WIDTH, HEIGHT);
  await paintHarbour(canvas);
  await mkdir(dirname(path), { recursive: true });
  await sharp(developed(canvas), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 88 })
    .withExif(EXIF)
    .withMetadata({ orientation: UPSIDE_DOWN })
    .toFile(path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = resolve(process.argv[2] ?? 'data/demo/harbour.jpg');
  await paintPhoto(path);
  console.log(path);
}
