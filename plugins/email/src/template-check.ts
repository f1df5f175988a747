// Checks a template's syntax tree: rejects what auto-escaping cannot make safe, and collects its variables.
import type {} from 'handlebars';
import { type HtmlPlace, htmlPlaceAfter, isAtLink, isBare, isInEvent, isInTag, TEXT } from './html-place.ts';

/** The path of each variable by `line:column`, since Handlebars reports only the last segment. */
export type Places = Map<string, string>;

export interface Checked {
  mistakes: string[];
  places: Places;
  /** The files that it uses: `_layout`, `_footer`. */
  uses: Set<string>;
}

/** Helpers whose block prints what they return, unescaped. */
const HELPERS: readonly string[] = ['url', 'lookup', 'log', 'helperMissing', 'blockHelperMissing'];

type Node = hbs.AST.Node & {
  path?: hbs.AST.PathExpression;
  params?: hbs.AST.Expression[];
  escaped?: boolean;
  value?: string;
  name?: hbs.AST.PathExpression;
  program?: hbs.AST.Program | null;
  inverse?: hbs.AST.Program | null;
};

function mistakeOf(node: Node, place: HtmlPlace): string | null {
  if (node.type.startsWith('Partial')) {
    const name = node.name?.original ?? '';
    const isUnchecked = isInEvent(place) || isAtLink(place) || isBare(place);
    return isUnchecked ? `move {{> ${name}}} out of the attribute: what it prints there cannot be checked` : null;
  }
  const name = node.path?.original ?? '';
  if (node.type === 'BlockStatement')
    return HELPERS.includes(name)
      ? `write {{${name} ...}}: a block puts what it returns into the page unescaped`
      : null;
  if (node.type !== 'MustacheStatement') return null;
  if (node.escaped === false) return `write {{${name}}}: three braces and & put a variable into the page unescaped`;
  if (isInEvent(place)) return `{{${name}}} is in an event attribute, where escaping does not protect`;
  if (isAtLink(place) && name !== 'url')
    return `write {{url ${name}}}: a link must be checked to be http, https or mailto`;
  if (isBare(place)) return `put quotes around the attribute that holds {{${name}}}`;
  return null;
}

/** `url` cannot see the name of its variable, so it is handed on as a second argument. */
function nameArgument(node: Node): void {
  const first = node.params?.[0] as hbs.AST.PathExpression | undefined;
  if (node.path?.original !== 'url' || node.params?.length !== 1 || first?.type !== 'PathExpression') return;
  const literal: hbs.AST.StringLiteral = {
    type: 'StringLiteral',
    value: first.original,
    original: first.original,
    loc: first.loc,
  };
  node.params.push(literal);
}

/** Where a body can begin or end, by its key: conditions lead to several places. */
type Ways = ReadonlyMap<string, HtmlPlace>;

const ways = (places: Iterable<HtmlPlace>): Ways =>
  new Map([...places].map((place) => [`${place.kind} ${place.begun} ${place.name}`, place]));

/** Walks the tree with the places in which each variable can stand; `{{url}}` nodes get the name of their variable. */
export function checkTemplate(program: hbs.AST.Program): Checked {
  const mistakes = new Set<string>();
  const places: Places = new Map();
  const uses = new Set<string>();
  const known = new Map<hbs.AST.Program, Map<string, Ways>>();

  /** The ways out of a body that begins at `place`; found out once for each. */
  function through(body: hbs.AST.Program, place: HtmlPlace): Ways {
    const found = known.get(body) ?? new Map<string, Ways>();
    known.set(body, found);
    const [key = ''] = ways([place]).keys();
    const before = found.get(key);
    if (before) return before;
    let now = ways([place]);
    for (const node of body.body as readonly Node[]) {
      note(node);
      now = ways([...now.values()].flatMap((one) => [...after(node, one)]));
    }
    found.set(key, now);
    return now;
  }

  function after(node: Node, place: HtmlPlace): Iterable<HtmlPlace> {
    const mistake = mistakeOf(node, place);
    if (mistake) mistakes.add(`line ${node.loc.start.line}: ${mistake}`);
    if (node.type === 'ContentStatement') return [htmlPlaceAfter(place, node.value ?? '')];
    if (node.type === 'MustacheStatement' || node.type === 'PartialStatement')
      return [isInTag(place) ? htmlPlaceAfter(place, '.') : place];
    const { program: inner, inverse } = node;
    // The content of a layout or an inline partial is printed elsewhere.
    if (node.type.startsWith('Partial') || node.type.startsWith('Decorator')) {
      if (inner) through(inner, TEXT);
      return [place];
    }
    const skipped = inverse ? through(inverse, place).values() : [place];
    if (!inner) return [place, ...skipped];
    const ends = new Map(through(inner, place));
    // A loop begins again where it ended.
    if (node.path?.original !== 'if' && node.path?.original !== 'unless')
      for (const end of ends.values()) for (const [key, one] of through(inner, end)) ends.set(key, one);
    return [...ends.values(), ...skipped];
  }

  function note(node: Node): void {
    if (node.path?.loc) places.set(`${node.path.loc.start.line}:${node.path.loc.start.column}`, node.path.original);
    if (node.type.startsWith('Partial') && node.name?.original?.startsWith?.('_')) uses.add(node.name.original);
    if (node.type === 'MustacheStatement') nameArgument(node);
  }

  for (const end of through(program, TEXT).values())
    if (isInTag(end)) mistakes.add('its last tag may stay open: close it with >');
  return { mistakes: [...mistakes], places, uses };
}
