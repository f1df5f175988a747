// The code that pages speak of, as text.
import { readdirSync } from 'node:fs';
import { join } from 'node:path/posix';
import { ROOT, read } from './markdown.ts';

/** The TypeScript files below a folder, without their tests. */
export const sourcesOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => join(folder, path));

/** The members of an interface, without those it extends. */
export function membersOf(path: string, name: string): string[] {
  const body = new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)^\\}`, 'm').exec(read(path))?.[1] ?? '';
  const found = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, member]) => member ?? '');
  return [...new Set(found)];
}

/** The lines that the code below a folder logs, with `...` for what differs; those of a job's own log are not among them. */
export function loggedLines(folder: string): { line: string; level: string }[] {
  const call =
    /(?<!job\.|attempt\.)\blog\??\.(info|warn|error)\(\s*(?:`((?:[^`$]|\$\{(?:[^{}]|\{[^{}]*\})*\})*)`|'([^']*)'|"([^"]*)")(,\s*[^\s)])?/g;
  return sourcesOf(folder).flatMap((path) =>
    [...read(path).matchAll(call)].flatMap(([, level = '', template, single, double, more]) => {
      const text = (template ?? single ?? double ?? '').replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '...');
      const line = `${text}${more ? ' ...' : ''}`.replace(/(?:\.\.\.){2,}/g, '...');
      return /[a-z]/.test(line) ? [{ line, level }] : [];
    }),
  );
}
