// `npm run reference` writes the generated pages of docs/. This file makes reference.md: what authors of plugins import, with the comments
// that stand beside it in the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { textOf } from './exported-types.ts';
import { commentOf, programOf, ROOT } from './program.ts';
import { routes } from './routes.ts';
import { settings } from './settings.ts';

const DOCS = join(ROOT, 'docs');

/** What is described, and the files that come first; the others follow by name. */
const ENTRIES = [
  { name: '@phraseworks/sdk', file: 'sdk/src/index.ts', first: ['plugin', 'processor', 'define-job', 'jobs-api'] },
  { name: '@phraseworks/sdk/cron', file: 'sdk/src/cron.ts', first: [] },
  { name: '@phraseworks/sdk/zone', file: 'sdk/src/zone.ts', first: [] },
  { name: '@phraseworks/sdk/charts', file: 'sdk/src/charts/index.ts', first: [] },
  { name: '@phraseworks/sdk/folder', file: 'sdk/src/folder.ts', first: [] },
  { name: '@phraseworks/jobs', file: 'core/src/index.ts', first: ['create-jobs', 'jobs-host'] },
  { name: '@phraseworks/testing', file: 'testing/src/index.ts', first: ['create-test-jobs', 'contract'] },
];

const HEAD = `# Reference

Everything that a plugin, its tests and a host import, for looking up. It is generated from the comments in the code by \`npm run reference\`: change those, not this page. To learn, begin with [write a plugin](write-a-plugin.md) and the [guides](plugins/README.md); the HTTP API is in [routes](routes.md).
`;

/** Longer types are left out: an editor shows them better. */
const LONGEST_TYPE = 110;

const squeezed = (text: string): string =>
  text
    .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** `addJob(job, options?)`, without types: they are in the editor, and their names are on this page. */
function called(name: string, signature: ts.SignatureDeclarationBase): string {
  const parameters = signature.parameters.map((parameter) => {
    const isOptional = parameter.questionToken !== undefined || parameter.initializer !== undefined;
    const shown = ts.isIdentifier(parameter.name) ? parameter.name.text : 'options';
    return `${parameter.dotDotDotToken ? '...' : ''}${shown}${isOptional ? '?' : ''}`;
  });
  const answer = signature.type ? squeezed(signature.type.getText()) : '';
  const tail = answer !== '' && answer.length <= LONGEST_TYPE / 2 ? `: ${answer}` : '';
  return `${name}(${parameters.join(', ')})${tail}`;
}

/** The function of a declaration: its own, that of its type, or that of its value. */
function functionOf(node: ts.Declaration): ts.SignatureDeclarationBase | undefined {
  if (ts.isFunctionLike(node)) return node;
  const { type, initializer } = node as Partial<ts.PropertySignature & ts.VariableDeclaration>;
  if (type && ts.isFunctionTypeNode(type)) return type;
  return initializer && ts.isArrowFunction(initializer) ? initializer : undefined;
}

/** The forms of a name: one for each overload, or the name with its type. */
function formsOf(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  const { name, declarations = [] } = symbol;
  const functions = declarations.flatMap((node) => functionOf(node) ?? []);
  if (functions.length > 0) {
    // The last of several is the one with the body, which callers do not see.
    const seen = functions.filter((one, at) => functions.length === 1 || !('body' in one && one.body) || at === 0);
    return [...new Set(seen.map((one) => called(name, one)))];
  }
  const shown = `${name}${symbol.flags & ts.SymbolFlags.Optional ? '?' : ''}`;
  const written = (declarations[0] as Partial<ts.PropertySignature> | undefined)?.type;
  const type = written ? squeezed(written.getText()) : textOf(checker.getTypeOfSymbol(symbol), checker);
  const named = type.replace(/ \| undefined$/, '');
  return [named.length <= LONGEST_TYPE ? `${shown}: ${named}` : shown];
}

/** What other packages add or provide, and what is internal. */
const isHidden = (member: ts.Symbol): boolean =>
  member.name.startsWith('__@') ||
  (member.declarations ?? []).some(
    (node) =>
      !/^(?:sdk|testing|core)\/src\//.test(relative(ROOT, node.getSourceFile().fileName)) ||
      // What a package adds to an open map of another one.
      ts.findAncestor(node, ts.isModuleDeclaration) !== undefined ||
      (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0 ||
      ('name' in node && ts.isPrivateIdentifier(node.name as ts.Node)),
  );

/** A list entry for each member: its form, and its comment. */
function membersOf(members: readonly ts.Symbol[], checker: ts.TypeChecker): string[] {
  return members
    .filter((member) => !isHidden(member))
    .map((member) => {
      const forms = formsOf(member, checker).map((form) => `\`${form}\``);
      const comment = commentOf(member, checker).replaceAll('\n', '\n  ');
      return `- ${forms.join(', ')}${comment === '' ? '' : `: ${comment}`}`;
    });
}

/** The type that describes a member: the one that declares it, if it is exported, else the first that has it. */
class Homes {
  private readonly exported: ReadonlySet<string>;
  private readonly first = new Map<ts.Declaration, string>();

  constructor(exported: ReadonlySet<string>) {
    this.exported = exported;
  }

  of(member: ts.Symbol, name: string): string {
    const [node] = member.declarations ?? [];
    if (!node) return name;
    for (let around: ts.Node = node.parent; !ts.isSourceFile(around); around = around.parent) {
      const declared = 'name' in around ? (around.name as ts.Node).getText() : '';
      if (this.exported.has(declared)) return declared;
    }
    const home = this.first.get(node) ?? name;
    this.first.set(node, home);
    return home;
  }

  /** `Lazy (type)` beside `lazy`, since addresses on a page have no capitals. */
  titleOf(name: string): string {
    const isBoth = /^[A-Z]/.test(name) && this.exported.has(name.charAt(0).toLowerCase() + name.slice(1));
    return isBoth ? `${name} (type)` : name;
  }

  linked(name: string): string {
    return `[${name}](#${this.titleOf(name).toLowerCase().replace(' (type)', '-type')})`;
  }
}

/** The members of a type, those of other types as a list of names. */
function ofType(symbol: ts.Symbol, checker: ts.TypeChecker, homes: Homes): string[] {
  const all = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).filter((one) => !isHidden(one));
  const own = all.filter((member) => homes.of(member, symbol.name) === symbol.name);
  const others = new Set(all.map((member) => homes.of(member, symbol.name)));
  others.delete(symbol.name);
  const lent = [...others].map((home) => {
    const names = all.filter((member) => homes.of(member, symbol.name) === home).map(({ name }) => `\`${name}\``);
    return `- of ${homes.linked(home)}: ${names.join(', ')}`;
  });
  return [[...membersOf(own, checker), ...lent].join('\n')];
}

function bodyOf(symbol: ts.Symbol, checker: ts.TypeChecker, homes: Homes): string[] {
  if (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)) return ofType(symbol, checker, homes);
  if (symbol.flags & ts.SymbolFlags.TypeAlias) {
    const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration);
    const written = squeezed(alias?.type.getText() ?? '');
    const named = written.includes('typeof') ? textOf(checker.getDeclaredTypeOfSymbol(symbol), checker) : written;
    if (named.length <= 2 * LONGEST_TYPE) return [`\`${named}\``];
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    return type.isUnion() ? [type.types.map((one) => `- \`${textOf(one, checker)}\``).join('\n')] : [];
  }
  const node = symbol.valueDeclaration;
  const value = node && ts.isVariableDeclaration(node) ? node.initializer : undefined;
  if (value && ts.isObjectLiteralExpression(value))
    return [membersOf(checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)), checker).join('\n')];
  return [
    formsOf(symbol, checker)
      .map((form) => `\`${form}\``)
      .join(', '),
  ];
}

/** `addJob: JobsApi['addJob']`: the name of the interface that describes it. */
function describedBy(symbol: ts.Symbol): string | undefined {
  const node = symbol.valueDeclaration;
  const type = node && ts.isVariableDeclaration(node) ? node.type : undefined;
  return type && ts.isIndexedAccessTypeNode(type) ? type.objectType.getText() : undefined;
}

/** The first sentence of a file says what it is for: it is the heading. */
const purposeOf = (file: string): string => /^\/\/ (.+?)(?:\. .*|\.)?$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? '';

/** The names that a file exports, each under a heading. */
function sectionOf(file: string, symbols: ts.Symbol[], checker: ts.TypeChecker, homes: Homes): string {
  const parts = [`### ${purposeOf(file)}`];
  for (const where of new Set(symbols.flatMap((symbol) => describedBy(symbol) ?? []))) {
    const names = symbols.filter((symbol) => describedBy(symbol) === where).map(({ name }) => `\`${name}\``);
    parts.push(`${names.join(', ')}: see ${homes.linked(where)}.`);
  }
  for (const symbol of symbols.filter((one) => describedBy(one) === undefined)) {
    const comment = commentOf(symbol, checker);
    parts.push(`#### ${homes.titleOf(symbol.name)}`, comment, ...bodyOf(symbol, checker, homes));
  }
  return parts.filter((part) => part !== '').join('\n\n');
}

const fileOf = (one: ts.Symbol): string => one.declarations?.[0]?.getSourceFile().fileName ?? '';

/** The whole page. */
export function reference(): string {
  const program = programOf(ENTRIES.map(({ file }) => join(ROOT, file)));
  const checker = program.getTypeChecker();
  const exportsOf = (file: string): ts.Symbol[] => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(join(ROOT, file)) as ts.SourceFile) as ts.Symbol;
    return checker
      .getExportsOfModule(module)
      .map((one) => (one.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(one) : one))
      .filter((one) => relative(ROOT, fileOf(one)).split('/')[0] === file.split('/')[0]);
  };
  const homes = new Homes(new Set(ENTRIES.flatMap(({ file }) => exportsOf(file).map((one) => one.name))));
  const parts = ENTRIES.map(({ name, file, first }) => {
    const symbols = exportsOf(file);
    const rank = (path: string): string => {
      const at = (first as readonly string[]).indexOf(basename(path, '.ts'));
      return `${at < 0 ? 9 : at}${relative(ROOT, path)}`;
    };
    const files = [...new Set(symbols.map(fileOf))].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
    const sections = files.map((path) => {
      const own = symbols.filter((one) => fileOf(one) === path);
      return sectionOf(path, own, checker, homes);
    });
    const described = symbols.filter((one) => describedBy(one) === undefined);
    const index = described.map((one) => one.name).sort((a, b) => a.localeCompare(b, 'en'));
    return [`## ${name}`, index.map((one) => homes.linked(one)).join(', '), ...sections].join('\n\n');
  });
  return `${[HEAD.trimEnd(), ...parts].join('\n\n')}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(join(DOCS, 'reference.md'), reference());
  writeFileSync(join(DOCS, 'routes.md'), await routes());
  writeFileSync(join(DOCS, 'settings.md'), settings());
}
