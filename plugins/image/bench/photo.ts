// A photograph of twelve megapixels as far as a codec can tell: large soft shapes, fine texture, grain.
import sharp from 'sharp';

const noise = (width: number, height: number, sigma: number) =>
  sharp({ create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma } } })
    .png()
    .toBuffer();

export async function photo(width = 4_032, height = 3_024): Promise<Buffer> {
  const large = async (part: number, sigma: number) =>
    sharp(await noise(Math.ceil(width / part), Math.ceil(height / part), sigma))
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .png({ compressionLevel: 0 })
      .toBuffer();
  const [shapes, texture, grain] = [await large(400, 90), await large(24, 40), await large(2, 12)];
  return sharp(shapes)
    .composite([
      { input: texture, blend: 'overlay' },
      { input: grain, blend: 'soft-light' },
    ])
    .jpeg({ quality: 90 })
    .toBuffer();
}
