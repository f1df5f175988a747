// Draws SVG as PNG in a process of its own: reads a JSON list of SVG texts, answers a JSON list of PNGs in base64. Exit code 3: sharp is not there.
import { text } from 'node:stream/consumers';

const sharp = await import('sharp').then(
  (module) => module.default,
  () => process.exit(3),
);
const pictures = [];
for (const svg of JSON.parse(await text(process.stdin))) {
  const png = await sharp(Buffer.from(svg)).png({ palette: true, compressionLevel: 9 }).toBuffer();
  pictures.push(png.toString('base64'));
}
process.stdout.write(JSON.stringify(pictures));
