// Our sources as the compiler sees them, for the pages that are made of their comments.
import { join } from 'node:path';
import ts from 'typescript';

export const ROOT = join(import.meta.dirname, '..');

/** With the options of the repository. */
export function programOf(files: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return ts.createProgram(files, options);
}

/** The text of a comment as Markdown, on one line for each paragraph. */
export function commentOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
  return text.replaceAll(/([^\n])\n(?=[^\n\s-])/g, '$1 ');
}
