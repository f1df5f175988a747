// A watermark of a picture or text, drawn once in the right size, then laid over each frame.
import { markBox, markPlace } from './box.ts';
import { ImageFailure } from './failure.ts';
import { readHead } from './head.ts';
import type { Watermark } from './operations.ts';
import type { Picture, Work } from './pipeline.ts';
import { openedText, output, step } from './pipeline.ts';
import type { Size } from './plan.ts';
import { checkSource } from './plan.ts';
import { withoutTexts } from './png-chunks.ts';

/** The bytes of a watermark's own picture. */
export type ReadMark = (watermark: Watermark) => Promise<Buffer>;

const SCALE = 0.25;
const MARGIN = 0.03;
const OPACITY = 0.6;
const WHITE = '#ffffff';
/** A line is at most this fraction of the text's width high, so that short texts do not become huge. */
const LINE = 0.4;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const plain = (text: string) => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');

/** Applies `opacity`, 0 to 1, to raw pixels with an alpha channel. */
const faded = (opacity: number) => ({
  input: Buffer.from([255, 255, 255, Math.round(opacity * 255)]),
  raw: { width: 1, height: 1, channels: 4 as const },
  tile: true,
  blend: 'dest-in' as const,
});

async function ofText(text: string, color: string, box: Size, font: string | undefined, work: Work): Promise<Picture> {
  const height = Math.ceil(Math.min(box.height, box.width * LINE * text.split('\n').length));
  const image = openedText(`<span foreground="${color}">${plain(text)}</span>`, { width: box.width, height }, font);
  try {
    const { data, info } = await output(image.raw(), work);
    const { width, height: high } = info;
    return { data, width, height: high, channels: info.channels, alpha: true, frames: 1, profiled: false };
  } catch (cause) {
    if (!(cause instanceof ImageFailure) || cause.code !== 'BROKEN_IMAGE') throw cause;
    throw new ImageFailure('NO_FONT', 'the text of a watermark could not be drawn: name a font file in config.font', {
      cause,
    });
  }
}

async function ofPicture(file: Buffer, box: Size, work: Work): Promise<Picture> {
  const bytes = withoutTexts(file);
  const head = await readHead(bytes, work);
  checkSource(head, work.limits);
  const mark: Picture = { ...head, data: bytes, channels: null, frames: 1, profiled: false };
  return step(mark, (image) => image.resize({ ...box, fit: 'inside' }).ensureAlpha(), work);
}

export async function watermarked(
  picture: Picture,
  wanted: Watermark,
  read: ReadMark,
  font: string | undefined,
  work: Work,
): Promise<Picture> {
  const { scale = SCALE, margin = MARGIN, opacity = OPACITY, position = 'bottom-right' } = wanted;
  const box = markBox(picture, scale, margin);
  const mark =
    wanted.text === undefined
      ? await ofPicture(await read(wanted), box, work)
      : await ofText(wanted.text, wanted.color ?? WHITE, box, font, work);
  const { data, width, height, channels } = await step(mark, (image) => image.composite([faded(opacity)]), work);
  const place = markPlace(picture, { width, height }, position, box.margin);
  const layer = { input: data, raw: { width, height, channels: channels ?? 4 }, ...place };
  return step(
    picture,
    (image) => {
      const done = image.composite([layer]);
      return picture.alpha ? done : done.removeAlpha();
    },
    work,
  );
}
