// Text in HTML: whatever a value holds, it stays text.

const NAMED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Also for attributes in double quotes. Control characters go: no document may hold them. */
export const asText = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => NAMED[sign] ?? '').replace(/[^\P{Cc}\n\t]/gu, '');

/** Where a line may break, beside its spaces; not within a number. */
const SEAM = /(?<=[_/@:-])|(?<=\.)(?=\p{L})/u;
const LONG = /.{1,16}/gsu;

/** The same, for a narrow column: it may break after `_`, `/` and the like, and within words that are very long. */
export const breakable = (text: string): string =>
  text
    .split(' ')
    .map((word) =>
      word
        .split(SEAM)
        .flatMap((part) => part.match(LONG) ?? [])
        .map(asText)
        .join('<wbr>'),
    )
    .join(' ');
