// What importers of our packages see: every exported name, with its members and their types as their author wrote them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { programOf, ROOT } from './program.ts';

interface Package {
  name: string;
  exports: Record<string, string | { '@phraseworks/source'?: string; types: string }>;
}

/** Entries for packages of our own, which are no promise to anybody else. */
const OWN = ['@phraseworks/jobs/internals/*'];

/** `@phraseworks/sdk/client` and its file, for each entry of each package. */
function entries(folders: readonly string[]): { name: string; file: string }[] {
  return folders.flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Package;
    return Object.entries(exports).flatMap(([path, to]) =>
      typeof to === 'string' || OWN.includes(name + path.slice(1))
        ? []
        : [{ name: name + path.slice(1), file: join(ROOT, folder, to['@phraseworks/source'] ?? to.types) }],
    );
  });
}

/** The compiler's own text of a type; it orders the members of a union by unrelated files. */
export const textOf = (type: ts.Type, checker: ts.TypeChecker): string =>
  checker
    .typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias)
    .replaceAll(/"\w+"(?: \| "\w+")+/g, (union) => union.split(' | ').sort().join(' | '));

/** As its author wrote it, without body and comments; what comes from a schema or a list, as the compiler writes it. */
function declared(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration);
  if (alias && /\btypeof\b/.test(alias.type.getText()))
    return `export type ${symbol.name} = ${textOf(checker.getDeclaredTypeOfSymbol(symbol), checker)}`;
  const node = symbol.valueDeclaration ?? symbol.declarations?.[0];
  const { body, initializer, name } = (node ?? {}) as { body?: ts.Node; initializer?: ts.Node; name?: ts.Node };
  if (!node || !name || node.getSourceFile().fileName.includes('/node_modules/') || (initializer && !body))
    return `${symbol.name}${symbol.flags & ts.SymbolFlags.Optional ? '?' : ''}: ${textOf(checker.getTypeOfSymbol(symbol), checker)}`;
  const text = node.getSourceFile().text;
  const end = body?.getStart() ?? node.getEnd();
  return text
    .slice(node.getStart(), end)
    .replaceAll(/\s*\/\/.*$|\/\*[\s\S]*?\*\//gm, '')
    .replaceAll(/\s+/g, ' ')
    .replace(/[;,\s]+$/, '');
}

/** What an importer sees of a name, and of each of its members, inherited ones, too. */
function described(name: string, exported: ts.Symbol, checker: ts.TypeChecker): string[] {
  const aliased = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  // With what plugins add to an interface.
  const symbol = (checker as unknown as { getMergedSymbol(one: ts.Symbol): ts.Symbol }).getMergedSymbol(aliased);
  if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return [declared(symbol, checker)];
  const members = checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .map((member) => `  ${declared(member, checker)}`)
    .filter((member) => !/^(?:async|get|readonly|\s)*#/.test(member));
  return [`${symbol.flags & ts.SymbolFlags.Class ? 'class' : 'interface'} ${name}`, ...members.sort()];
}

/** `folders` of packages, counted from the root of the repository. */
export function exportedTypes(folders: readonly string[]): string {
  const all = entries(folders);
  const files = all.map(({ file }) => file);
  const program = programOf(files);
  const checker = program.getTypeChecker();
  const lines = all.flatMap(({ name, file }) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
    const exported = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
    return [`# ${name}`, ...exported.flatMap((symbol) => described(symbol.name, symbol, checker)), ''];
  });
  return lines.join('\n');
}
