// Text in HTML for narrow columns.
import { escapeMarkup } from '@phraseworks/sdk';

/** Where a line may break, beside its spaces; not within a number. */
const SEAM = /(?<=[_/@:-])|(?<=\.)(?=\p{L})/u;
const LONG = /.{1,16}/gsu;

/** Escaped text for a narrow column: it may break after `_`, `/` and the like, and within words that are very long. */
export const breakable = (text: string): string =>
  text
    .split(' ')
    .map((word) =>
      word
        .split(SEAM)
        .flatMap((part) => part.match(LONG) ?? [])
        .map(escapeMarkup)
        .join('<wbr>'),
    )
    .join(' ');
