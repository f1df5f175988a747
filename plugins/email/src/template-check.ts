// Walks a template's syntax tree: refuses what is printed unescaped, and collects its variables and partials.
import type Handlebars from 'handlebars';

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

const nameOf = ({ path }: { path: hbs.AST.PathExpression | hbs.AST.Literal }): string =>
  'original' in path ? String(path.original) : '';

/** `{{url}}` nodes get the name of their variable, for errors. */
export function checkTemplate({ Visitor }: typeof Handlebars, program: hbs.AST.Program): Checked {
  const mistakes: string[] = [];
  const places: Places = new Map();
  const uses = new Set<string>();
  const refuse = ({ loc }: hbs.AST.Node, why: string): void => void mistakes.push(`line ${loc.start.line}: ${why}`);
  const use = ({ name }: hbs.AST.PartialStatement | hbs.AST.PartialBlockStatement): void => {
    if ('original' in name && String(name.original).startsWith('_')) uses.add(String(name.original));
  };

  class Check extends Visitor {
    override PathExpression({ loc, original }: hbs.AST.PathExpression): void {
      places.set(`${loc.start.line}:${loc.start.column}`, original);
    }

    override MustacheStatement(node: hbs.AST.MustacheStatement): void {
      const name = nameOf(node);
      if (!node.escaped) refuse(node, `write {{${name}}}: three braces and & put a variable into the page unescaped`);
      super.MustacheStatement(node);
      const [link] = node.params;
      if (name !== 'url' || node.params.length !== 1 || link?.type !== 'PathExpression') return;
      const { original, loc } = link as hbs.AST.PathExpression;
      const literal: hbs.AST.StringLiteral = { type: 'StringLiteral', value: original, original, loc };
      node.params.push(literal);
    }

    override BlockStatement(node: hbs.AST.BlockStatement): void {
      const name = nameOf(node);
      if (HELPERS.includes(name))
        refuse(node, `write {{${name} ...}}: a block puts what it returns into the page unescaped`);
      super.BlockStatement(node);
    }

    override PartialStatement(node: hbs.AST.PartialStatement): void {
      use(node);
      super.PartialStatement(node);
    }

    override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
      use(node);
      super.PartialBlockStatement(node);
    }
  }
  new Check().accept(program);
  return { mistakes, places, uses };
}
