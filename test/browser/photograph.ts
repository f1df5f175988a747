// A photograph as large as a camera's, made on the spot.
import { join } from 'node:path';
import sharp from 'sharp';

/** Noise is what JPEG cannot make small. */
const NOISE = { type: 'gaussian', mean: 128, sigma: 40 } as const;

/** Writes a JPEG of more than 5 MB into the folder and answers its path. */
export async function photograph(folder: string): Promise<string> {
  const path = join(folder, 'harbour.jpg');
  const picture = sharp({ create: { width: 3200, height: 2400, channels: 3, background: '#123456', noise: NOISE } });
  const { size } = await picture.jpeg({ quality: 92 }).toFile(path);
  if (size < 5_000_000) throw new Error(`the photograph has only ${size} bytes`);
  return path;
}
