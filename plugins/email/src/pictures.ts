// Pictures that came with a mail, in its HTML: the page that shows it may load nothing.
import type { Email } from 'postal-mime';

const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;
const SOURCE = /\bsrc=(["'])cid:([^"']+)\1/gi;

const bytesOf = (content: ArrayBuffer | Uint8Array | string): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content));

/** The HTML part with `cid:` pictures as data URLs; undefined when there is none. */
export function htmlWithPictures({ html, attachments }: Pick<Email, 'html' | 'attachments'>): string | undefined {
  const pictures = new Map(
    attachments.flatMap(({ contentId, mimeType, content }) =>
      contentId && PICTURE.test(mimeType) ? [[contentId.replace(/^<|>$/g, ''), { mimeType, content }]] : [],
    ),
  );
  return html?.replace(SOURCE, (whole, quote: string, cid: string) => {
    const picture = pictures.get(cid);
    if (!picture) return whole;
    return `src=${quote}data:${picture.mimeType};base64,${bytesOf(picture.content).toString('base64')}${quote}`;
  });
}
