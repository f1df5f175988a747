// Reads our Markdown: the code, tables, headings and links of a file, so that tests can hold them to the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What people read, from the root of the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...below('docs'),
  ...['.', 'examples', 'plugins'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .map((name) => posix.join(folder, name, 'README.md'))
      .filter((path) => existsSync(join(ROOT, path))),
  ),
];

export interface Fence {
  page: string;
  line: number;
  lang: string;
  /** What stands behind the language: `run`, or `file=examples/hono-host/server.js`. */
  mark: string;
  code: string;
}

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export function fencesOf(page: string): Fence[] {
  const text = read(page);
  return [...text.matchAll(/^```(\w+)(?: ([^\n]+))?\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    lang: match[1] ?? '',
    mark: match[2] ?? '',
    code: match[3] ?? '',
  }));
}

/** The text without its code blocks. */
export const proseOf = (page: string): string => read(page).replace(/^```[\s\S]*?^```$/gm, '');

/** The text from a heading to the next one of its level or above. Throws if the heading is missing. */
export function sectionOf(page: string, title: string): string {
  const lines = read(page).split('\n');
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === title);
  if (start < 0) throw new Error(`${page} has no section "${title}"`);
  const rank = lines[start]?.indexOf(' ') ?? 1;
  const end = lines.findIndex((line, i) => i > start && /^#+ /.test(line) && line.indexOf(' ') <= rank);
  return lines.slice(start, end < 0 ? undefined : end).join('\n');
}

/** The rows of all tables in a text, cells trimmed, headings and rules left out. A bar in a cell is written `\|`. */
export function rowsOf(text: string): string[][] {
  const lines = text.split('\n');
  return lines
    .filter((line, i) => line.startsWith('|') && !/^\|[ :-]+\|/.test(line) && !/^\|[ :-]+\|/.test(lines[i + 1] ?? ''))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );
}

/** A cell that is code, without its backticks. */
export const bare = (cell: string | undefined): string => (cell ?? '').replace(/^`(.*)`$/, '$1');

/** The code pieces of a text: `a` and `b`. */
export const codesIn = (text: string): string[] => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');

/** The anchors of a page, as GitHub makes them. */
export function anchorsOf(page: string): string[] {
  const prose = proseOf(page);
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function below(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => posix.join(folder, name));
}
