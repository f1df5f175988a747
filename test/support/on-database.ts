// Which tests open the database of the run: the others say nothing new on a second engine.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g;
/** Here the database of a test is made, and here tests ask for the server. */
const MAKES = /^testing\/src\/test-database\.ts$|^test\/server\//;

const known = new Map<string, boolean>();

/** Does the file import what makes a database of the run, or ask for the server itself? */
function opensDatabase(file: string): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  known.set(file, false);
  const opens = MAKES.test(file) || looksFor(file);
  known.set(file, opens);
  return opens;
}

function looksFor(file: string): boolean {
  if (!/\.tsx?$/.test(file)) return false;
  const text = readFileSync(file, 'utf8');
  return text.includes('JOBS_TEST_MYSQL') || importsOf(file, text).some(opensDatabase);
}

const importsOf = (file: string, text: string): string[] =>
  [...text.matchAll(IMPORT)].flatMap(([, target = '']) => {
    if (target === '@phraseworks/testing') return ['testing/src/index.ts'];
    const path = join(dirname(file), target);
    return target.startsWith('.') && existsSync(path) ? [path] : [];
  });

/** The tests below these folders that open none. */
export const withoutDatabase = (folders: readonly string[]): string[] =>
  folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)))
    .filter((file) => file.endsWith('.test.ts') && !opensDatabase(file));
