// Where in an HTML document a text ends: the part of the HTML standard's tokenizer (13.2.5) that decides what a variable there could do.

/** `before`: before a value. `bare`: in a value without quotes. */
type Kind = 'text' | 'comment' | 'tag' | 'name' | 'after' | 'before' | 'double' | 'single' | 'bare';

export interface HtmlPlace {
  readonly kind: Kind;
  /** The beginning of the attribute, in lower case, as far as it matters; empty outside of one. */
  readonly name: string;
  /** Has the value begun? */
  readonly begun: boolean;
}

export const TEXT: HtmlPlace = { kind: 'text', name: '', begun: false };

const LINKS = ['href', 'xlink:href', 'src', 'action', 'formaction', 'background', 'poster', 'cite', 'data'];
const EVENT = 'on*';
const OTHER = '-';

export const isInTag = ({ kind }: HtmlPlace): boolean => kind !== 'text' && kind !== 'comment';
export const isBare = ({ kind }: HtmlPlace): boolean => kind === 'before' || kind === 'bare';
export const isInEvent = (place: HtmlPlace): boolean => isInValue(place) && place.name === EVENT;
/** At the beginning of a link, where a variable decides its scheme. */
export const isAtLink = (place: HtmlPlace): boolean => isInValue(place) && !place.begun && LINKS.includes(place.name);

const isInValue = ({ kind }: HtmlPlace): boolean => ['before', 'double', 'single', 'bare'].includes(kind);

const tag: HtmlPlace = { kind: 'tag', name: '', begun: false };

/** Keeps few names apart: each is a way that a check has to follow. */
function named(name: string): HtmlPlace {
  const isOpen = ['on', ...LINKS].some((known) => known.startsWith(name));
  return { kind: 'name', name: /^on[a-z*]/.test(name) ? EVENT : isOpen ? name : OTHER, begun: false };
}

/** What each kind of place does with the next piece of text: its end and where it leads. The tag's own name counts as an attribute. */
const STEPS: Record<Kind, readonly [RegExp, (place: HtmlPlace, piece: string) => HtmlPlace][]> = {
  text: [
    [/<!--(?!-?>)/y, () => ({ ...TEXT, kind: 'comment' })],
    [/<\/?(?=[a-z])/iy, () => tag],
    [/<|[^<]+/y, (place) => place],
  ],
  comment: [
    [/-->/y, () => TEXT],
    [/-|[^-]+/y, (place) => place],
  ],
  tag: [
    [/>/y, () => TEXT],
    [/[\s/]+/y, (place) => place],
    [/=?[^\s/>=]*/y, (_, piece) => named(piece.toLowerCase())],
  ],
  name: [
    [/>/y, () => TEXT],
    [/=/y, ({ name }) => ({ kind: 'before', name, begun: false })],
    [/\//y, () => tag],
    [/\s+/y, ({ name }) => ({ kind: 'after', name, begun: false })],
    [/[^\s/>=]+/y, ({ name }, piece) => named(name + piece.toLowerCase())],
  ],
  after: [
    [/\s+/y, (place) => place],
    [/=/y, ({ name }) => ({ kind: 'before', name, begun: false })],
    [/(?=[^=])/y, () => tag],
  ],
  before: [
    [/\s+/y, (place) => place],
    [/>/y, () => TEXT],
    [/"/y, (place) => ({ ...place, kind: 'double' })],
    [/'/y, (place) => ({ ...place, kind: 'single' })],
    [/(?=.)/sy, (place) => ({ ...place, kind: 'bare' })],
  ],
  double: [
    [/"/y, () => tag],
    [/\s+/y, (place) => place],
    [/[^"\s]+/y, (place) => ({ ...place, begun: true })],
  ],
  single: [
    [/'/y, () => tag],
    [/\s+/y, (place) => place],
    [/[^'\s]+/y, (place) => ({ ...place, begun: true })],
  ],
  bare: [
    [/>/y, () => TEXT],
    [/\s+/y, () => tag],
    [/[^\s>]+/y, (place) => ({ ...place, begun: true })],
  ],
};

/** The place after `text`, in time that grows with its length. */
export function htmlPlaceAfter(start: HtmlPlace, text: string): HtmlPlace {
  let place = start;
  for (let at = 0; at < text.length; ) {
    for (const [pattern, next] of STEPS[place.kind]) {
      pattern.lastIndex = at;
      const [piece] = pattern.exec(text) ?? [];
      if (piece === undefined) continue;
      at += piece.length;
      place = next(place, piece);
      break;
    }
  }
  return place;
}
