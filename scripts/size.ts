// `npm run size`: lines of code as cloc counts them (without blanks and comments) and tokens, per package and folder, shipped code and tests apart. `--json` prints the same as JSON.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Code lines, and tokens of TypeScript; styles and templates have none. */
type Size = { files: number; lines: number; tokens: number };
type Row = { name: string; shipped: Size; tests: Size };

/** What is published: everything else in the repository is a test, a tool or an example. */
const PACKAGES = ['core', 'sdk', 'cli', 'testing', 'create-plugin', 'plugins'];
const SCRIPT = /\.[cm]?[jt]sx?$/;
const COUNTED = /\.([cm]?[jt]sx?|css|hbs)$/;
const TEST = /(^|\/)test\/|\.test\.tsx?$/;

const kinds = new Map<string, ts.ScriptKind>([
  ['tsx', ts.ScriptKind.TSX],
  ['jsx', ts.ScriptKind.JSX],
  ['js', ts.ScriptKind.JS],
  ['mjs', ts.ScriptKind.JS],
]);

/** Lines that a token touches, and tokens. The syntax tree is asked, not the bare scanner, since only it knows a regular expression from a division. */
function script(name: string, text: string): Omit<Size, 'files'> {
  const extension = name.slice(name.lastIndexOf('.') + 1);
  const source = ts.createSourceFile(
    name,
    text,
    ts.ScriptTarget.Latest,
    false,
    kinds.get(extension) ?? ts.ScriptKind.TS,
  );
  const blank = text.split('\n').map((line) => line.trim() === '');
  const used = new Set<number>();
  let tokens = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node) || node.kind === ts.SyntaxKind.EndOfFileToken) return;
    const children = node.getChildren(source);
    if (children.length > 0) {
      for (const child of children) visit(child);
      return;
    }
    const start = node.getStart(source, false);
    if (start >= node.end || text.slice(start, node.end).trim() === '') return;
    tokens++;
    const last = source.getLineAndCharacterOfPosition(node.end - 1).line;
    for (let line = source.getLineAndCharacterOfPosition(start).line; line <= last; line++)
      if (!blank[line]) used.add(line);
  };
  visit(source);
  return { lines: used.size, tokens };
}

/** Styles and templates have no tokens of TypeScript. */
function sheet(text: string): Omit<Size, 'files'> {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|\{\{!--[\s\S]*?--\}\}|<!--[\s\S]*?-->/g, (comment) =>
    comment.replace(/[^\n]/g, ''),
  );
  return { lines: bare.split('\n').filter((line) => line.trim() !== '').length, tokens: 0 };
}

/** The package, or the folder one below the source of a package that has some. */
function placeOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  if (first === 'plugins') return `plugins/${second}`;
  if (first !== 'core' && first !== 'sdk') return PACKAGES.includes(first) ? first : 'repository';
  const folders = path.split('/').slice(2, -1);
  const depth = folders[0] === 'store' && ['sqlite', 'mysql'].includes(folders[1] ?? '') ? 2 : 1;
  return second === 'src' && folders.length > 0 ? `${first}/${folders.slice(0, depth).join('/')}` : first;
}

const none = (): Size => ({ files: 0, lines: 0, tokens: 0 });
function add(to: Size, size: Size): void {
  to.files += size.files;
  to.lines += size.lines;
  to.tokens += size.tokens;
}

/** One row for each place, in the order of PACKAGES; then what all that is published adds up to. */
export function sizes(): Row[] {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const paths = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
  }).split('\0');
  const rows = new Map<string, Row>();
  const row = (name: string): Row => {
    const known = rows.get(name) ?? { name, shipped: none(), tests: none() };
    rows.set(name, known);
    return known;
  };
  const total = { name: 'all', shipped: none(), tests: none() };
  for (const path of paths.filter((path) => COUNTED.test(path))) {
    const text = readFileSync(`${folder}${path}`, 'utf8');
    const size = { files: 1, ...(SCRIPT.test(path) ? script(path, text) : sheet(text)) };
    const place = placeOf(path);
    if (place === 'repository' && !TEST.test(path)) continue;
    const kind = TEST.test(path) ? 'tests' : 'shipped';
    for (const name of new Set([place, place.startsWith('plugins/') ? 'plugins' : (place.split('/')[0] ?? place)]))
      add(row(name)[kind], size);
    add(total[kind], size);
  }
  const rank = (name: string): number =>
    (PACKAGES.indexOf(name.split('/')[0] ?? '') + PACKAGES.length + 1) % (PACKAGES.length + 1);
  return [...[...rows.values()].sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1)), total];
}

/** Fixed columns, since this is read in a terminal. */
function table(rows: Row[]): string {
  const lines = rows.map(({ name, shipped, tests }) => [
    name,
    shipped.files,
    shipped.lines,
    shipped.tokens,
    tests.lines,
    tests.tokens,
  ]);
  const heads = ['', 'files', 'lines', 'tokens', 'lines of tests', 'tokens of tests'];
  const cell = (value: string | number, column: number): string =>
    column === 0
      ? String(value).padEnd(20)
      : value.toLocaleString('en').padStart(Math.max(8, (heads[column]?.length ?? 0) + 2));
  return [heads, ...lines].map((line) => line.map(cell).join('')).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = sizes();
  console.log(process.argv.includes('--json') ? JSON.stringify(rows, null, 2) : table(rows));
}
