// Makes the plain text part of a mail from its HTML.
import { MailError } from './mail-error.ts';

/** Conversion time grows with the square of the depth and blocks the process. */
const MOST_DEPTH = 200;
const MOST_ELEMENTS = 20_000;

/** Throws `MailError` `INVALID_MESSAGE` for more elements than any letter has. */
export async function textOf(html: string): Promise<string> {
  const [{ convert }, { Parser }] = await Promise.all([import('html-to-text'), import('htmlparser2')]);
  let [depth, elements] = [0, 0];
  // Use the converter's own parser, so that both see the same depth.
  const parser = new Parser({
    onopentag() {
      depth += 1;
      elements += 1;
      if (depth > MOST_DEPTH || elements > MOST_ELEMENTS) throw tooMuch();
    },
    onclosetag() {
      depth -= 1;
    },
  });
  parser.end(html);
  return convert(html, {
    wordwrap: 78,
    selectors: [
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'skip' },
      // Mail clients show it beside the subject; the text repeats it.
      { selector: '.preheader', format: 'skip' },
      { selector: 'h1', options: { uppercase: false } },
      { selector: 'h2', options: { uppercase: false } },
    ],
  });
}

const tooMuch = (): MailError =>
  new MailError(
    'INVALID_MESSAGE',
    `the HTML has more than ${MOST_ELEMENTS} elements, or nests them more than ${MOST_DEPTH} deep: no text is made from it; set text beside it, or make it smaller`,
  );
