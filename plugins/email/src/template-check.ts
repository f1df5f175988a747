// Checks a template's syntax tree: rejects what auto-escaping cannot make safe, and collects its variables.
import type {} from 'handlebars';

/** The path of each variable by `line:column`, since Handlebars reports only the last segment. */
export type Places = Map<string, string>;

export interface Checked {
  mistakes: string[];
  places: Places;
  /** The files that it uses: `_layout`, `_footer`. */
  uses: Set<string>;
}

const LINK = /\s(?:href|src|action|formaction|background|poster|cite|data)\s*=\s*["']?\s*$/i;
const EVENT = /\son[a-z]+\s*=\s*(?:"[^"]*|'[^']*)$/i;
const UNQUOTED = /<[^<>]*=\s*$/;

type Node = hbs.AST.Node & {
  path?: hbs.AST.PathExpression;
  params?: hbs.AST.Expression[];
  escaped?: boolean;
  value?: string;
  name?: hbs.AST.PathExpression;
  program?: hbs.AST.Program | null;
  inverse?: hbs.AST.Program | null;
};

function mistakeOf(node: Node, before: string): string | null {
  const name = node.path?.original ?? '';
  if (node.escaped === false) return `write {{${name}}}: three braces and & put a variable into the page unescaped`;
  if (EVENT.test(before)) return `{{${name}}} is in an event attribute, where escaping does not protect`;
  if (LINK.test(before) && name !== 'url')
    return `write {{url ${name}}}: a link must be checked to be http, https or mailto`;
  if (UNQUOTED.test(before)) return `put quotes around the attribute that holds {{${name}}}`;
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

/** The tag that is still open at the end of `text`, without what no check needs: its finished attributes and the beginning of a value. */
function openTag(text: string): string {
  const tag = /<[a-z](?:[^<>"']|"[^"]*"|'[^']*')*(?:"[^"]*|'[^']*)?$/i.exec(text)?.[0] ?? '';
  return tag
    .replace(/\s[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*')/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/(=\s*["'])\s*[^\s"'][^"']*$/, '$1.');
}

/** Walks the tree with the text that comes before each variable; `{{url}}` nodes get the name of their variable. */
export function checkTemplate(program: hbs.AST.Program): Checked {
  const mistakes = new Set<string>();
  const places: Places = new Map();
  const uses = new Set<string>();

  /** Takes and answers what may be open before and after `body`, which depends on conditions. */
  function walk(body: readonly hbs.AST.Statement[], before: readonly string[]): string[] {
    let tags = before;
    for (const node of body as readonly Node[]) {
      const line = node.loc.start.line;
      if (node.type === 'ContentStatement') tags = tags.map((tag) => openTag(tag + node.value));
      if (node.path?.loc) places.set(`${node.path.loc.start.line}:${node.path.loc.start.column}`, node.path.original);
      if (node.type.startsWith('Partial') && node.name?.original?.startsWith?.('_')) uses.add(node.name.original);
      if (node.type === 'MustacheStatement') {
        for (const tag of tags) {
          const mistake = mistakeOf(node, tag);
          if (mistake) mistakes.add(`line ${line}: ${mistake}`);
        }
        nameArgument(node);
        tags = tags.map((tag) => openTag(`${tag}.`));
      }
      if (!node.program && !node.inverse) continue;
      let after = node.program ? walk(node.program.body, tags) : tags;
      // A loop begins again where it ended.
      if (node.program && node.path?.original !== 'if')
        after = walk(node.program.body, [...new Set([...tags, ...after])]);
      tags = [...new Set([...after, ...(node.inverse ? walk(node.inverse.body, tags) : tags)])];
    }
    return [...new Set(tags)];
  }

  walk(program.body, ['']);
  return { mistakes: [...mistakes], places, uses };
}
