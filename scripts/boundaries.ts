// Which file may import which and what its package declares, which may write SQL and a job's state, that none asks which engine it is, and that packages can be deleted. The linter holds the walls between packages; these depend on the file or let types through.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { type Import, importsOf } from './imports.ts';
import { packagesOf } from './packages.ts';

/** These build a host's application themselves, as the CMS does. */
const HOSTS = [
  'core/src/create-jobs.ts',
  'cli/src/start.ts',
  'cli/src/probes.ts',
  'cli/src/plugins-here.ts',
  'testing/src/',
];

/** Where SQL on the core's tables may be written: the store, and the command that copies tables as a whole. */
const SQL = ['core/src/store/', 'cli/src/move/'];

/** Where packages other than plugins may import a library's values; its types may be named anywhere. */
const HOMES: Record<string, string[]> = {
  '@hono/node-server': HOSTS,
  'better-sqlite3': ['core/src/store/sqlite/engine.ts'],
  croner: ['sdk/src/cron.ts'],
  hono: ['core/src/http/', ...HOSTS],
  kysely: SQL,
  mysql2: ['core/src/store/mysql/', 'testing/src/test-database.ts'],
  'node:timers': ['core/src/kernel/clock.ts'],
  'reflect-metadata': ['core/src/kernel/container.ts'],
  tsyringe: ['core/src/kernel/container.ts'],
  ws: ['core/src/http/'],
};

/** Of these a plugin may have no values either; other libraries it may declare as its own. */
const NOT_FOR_PLUGINS = ['node:timers', 'reflect-metadata', 'tsyringe'];

/** What every folder of core/src may import: the kernel, what a job is, and the shapes that a host sees. */
const OPEN = ['kernel/', 'job/', 'jobs-host.ts'];

/** The files that put an instance together. */
const MAKERS = ['services.ts', 'create-jobs.ts'];

/** What a folder of core/src may import besides itself and what is open to all. The files directly in core/src put the folders together. */
const LAYERS: Record<string, string[]> = {
  kernel: [],
  job: [],
  store: [],
  live: ['store/'],
  queue: ['live/', 'store/'],
  scheduler: ['plugins/', 'queue/', 'live/', 'store/'],
  plugins: ['scheduler/', 'queue/', 'live/', 'store/'],
  access: ['scheduler/', 'plugins/', 'queue/', 'live/', 'store/'],
  http: ['access/', 'scheduler/', 'plugins/', 'queue/', 'live/', 'store/'],
};

/** What only one engine knows is in its folder, which has a file `engine.ts`. */
const STORE = fileURLToPath(new URL('../core/src/store', import.meta.url));
const ENGINES = readdirSync(STORE).filter((name) => existsSync(join(STORE, name, 'engine.ts')));
const ENGINE_LIST = 'core/src/store/open.ts';
/** A dump depends on the engine. */
const ENGINE_TOOLS = ['plugins/backup/src/'];
const engineOf = (file: string): string | undefined => /^core\/src\/store\/(\w+)\//.exec(file)?.[1];

/** What is wrong with an import, or undefined. */
export function complaint(found: Import): string | undefined {
  const { file, target } = found;
  const own = file.slice(0, file.indexOf('/src/') + '/src/'.length);
  if (!found.relative) return libraryComplaint(found);
  if (!target.startsWith(own)) return `${target} is outside the package's src: import another package by its name`;
  if (own !== 'core/src/') return undefined;
  const engine = engineOf(target);
  if (engine !== undefined && ENGINES.includes(engine) && engineOf(file) !== engine && file !== ENGINE_LIST)
    return `${ENGINE_LIST} alone imports ${target}: give Engine or Dialect what you need of it`;
  return layerComplaint(file.slice(own.length), target.slice(own.length), found.typeOnly);
}

function libraryComplaint({ file, target, typeOnly }: Import): string | undefined {
  const library = Object.keys(HOMES).find((name) => target === name || target.startsWith(`${name}/`)) ?? '';
  const homes = HOMES[library];
  if (homes === undefined || typeOnly || homes.some((home) => file.startsWith(home))) return undefined;
  if (file.startsWith('plugins/') && !NOT_FOR_PLUGINS.includes(library)) return undefined;
  return `${library} is for ${homes.join(', ')}: elsewhere import its types only`;
}

function layerComplaint(file: string, target: string, typeOnly: boolean): string | undefined {
  const layer = file.includes('/') ? file.slice(0, file.indexOf('/')) : file === 'jobs-host.ts' ? 'kernel' : '';
  const allowed = LAYERS[layer];
  if (target.startsWith('http/')) {
    const may = layer === 'http' || MAKERS.includes(file) || (allowed === undefined && typeOnly);
    return may ? undefined : `${MAKERS.join(' and ')} alone import http`;
  }
  const fits = (prefix: string): boolean => target.startsWith(prefix);
  if (allowed === undefined || target.startsWith(`${layer}/`) || OPEN.some(fits)) return undefined;
  if (layer === 'kernel') {
    return typeOnly ? undefined : `${file} is open to all layers and may import none: ${target}`;
  }
  if (allowed.some(fits)) return undefined;
  return `core/src/${layer} may not import ${target}, only ${['itself', ...OPEN, ...allowed].join(', ')}`;
}

/** The lines that compare with the name of an engine, choose by it from a table, look for it in a URL, or look at the SQL that Kysely makes for it. */
export function engineQuestions(file: string, text: string): number[] {
  if (!/^(core|cli|plugins\/[^/]+)\/src\//.test(file)) return [];
  if (ENGINES.includes(engineOf(file) ?? '') || ENGINE_TOOLS.some((folder) => file.startsWith(folder))) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: number[] = [];
  const visit = (node: ts.Node): void => {
    if (asksForEngine(node) || (file.startsWith('plugins/') && compiles(node)))
      found.push(source.getLineAndCharacterOfPosition(node.getStart()).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function asksForEngine(node: ts.Node): boolean {
  // `table[dialect.name]`, or `table[name]` where a parameter takes the name out of a `Dialect`.
  if (ts.isElementAccessExpression(node))
    return /\bdialect\.name$|\bplace\??\.engine$/.test(node.argumentExpression.getText());
  if (ts.isParameter(node) && ts.isObjectBindingPattern(node.name) && node.type?.getText() === 'Dialect')
    return node.name.elements.some((element) => (element.propertyName ?? element.name).getText() === 'name');
  if (ts.isRegularExpressionLiteral(node)) return ENGINES.some((name) => node.text.includes(name));
  if (!ts.isStringLiteralLike(node) || !ENGINES.some((name) => new RegExp(`^${name}(:|$)`).test(node.text)))
    return false;
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) return /^[!=]==?$/.test(parent.operatorToken.getText());
  if (ts.isCallExpression(parent)) return /\.(startsWith|includes|has)$/.test(parent.expression.getText());
  return ts.isCaseClause(parent);
}

/** The imports of a package, types included, that its manifest does not declare: a strict package manager does not find them. */
export function undeclared(
  imports: readonly Import[],
  { name, dependencies, peerDependencies }: { name: string; dependencies?: object; peerDependencies?: object },
): string[] {
  const declared = [name, ...Object.keys({ ...dependencies, ...peerDependencies })];
  return imports
    .filter(({ relative, target }) => !relative && !target.startsWith('node:'))
    .filter(({ target }) => !declared.includes(/^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? ''))
    .map(({ file, line, target }) => `${file}:${line} imports ${target}, which ${name} does not declare`);
}

/** `query.compile()`; the methods of this name that other libraries have take something. */
const compiles = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && node.arguments.length === 0 && /\.compile$/.test(node.expression.getText());

const INSTEAD = {
  core: 'give Engine or Dialect a member that says what differs',
  plugins: 'ctx.db takes the same statements on every engine (docs/plugins/tables.md)',
};

/** The lines of core and the command line that build a statement where they may not. */
export function statementsIn(file: string, text: string): number[] {
  if (!/^(core|cli)\/src\//.test(file) || SQL.some((folder) => file.startsWith(folder))) return [];
  const builders = /\.(selectFrom|insertInto|replaceInto|mergeInto|updateTable|deleteFrom)\(/;
  return text.split('\n').flatMap((line, i) => (builders.test(line) ? [i + 1] : []));
}

/** Who may write the state of stored jobs, insert and delete them: the transition, and the statements of claim and settlement. */
const JOB_WRITERS = {
  state: [
    'core/src/store/transition.ts',
    'core/src/store/shared-statements.ts',
    ...ENGINES.map((engine) => `core/src/store/${engine}/statements.ts`),
  ],
  insert: ['core/src/store/shared-statements.ts'],
  delete: ['core/src/store/maintenance.ts'],
};

/** What a template puts in. */
const HOLE = '<hole>';

type JobWrite = keyof typeof JOB_WRITERS;

/** The lines that write the state of jobs, by Kysely or as text, or insert or delete jobs. A text whose columns are put in later counts. */
export function jobWrites(file: string, text: string): { line: number; write: JobWrite }[] {
  if (!/pwj_jobs|withState/.test(text)) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: { line: number; write: JobWrite }[] = [];
  const visit = (node: ts.Node): void => {
    const write = ts.isCallExpression(node) ? callWrite(node) : textWrite(node);
    if (write) found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, write });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function callWrite(call: ts.CallExpression): JobWrite | undefined {
  const callee = call.expression.getText();
  const args = call.arguments.map((argument) => argument.getText()).join();
  if (callee === 'withState') return 'state';
  if (/updateTable\(['"]pwj_jobs\b.*\.set$/s.test(callee) && /\bstate\b/.test(args)) return 'state';
  if (!/^['"]pwj_jobs\b/.test(args)) return undefined;
  return /\.(insert|replace|merge)Into$/.test(callee) ? 'insert' : /\.deleteFrom$/.test(callee) ? 'delete' : undefined;
}

function textWrite(node: ts.Node): JobWrite | undefined {
  if (!ts.isStringLiteralLike(node) && !ts.isTemplateExpression(node)) return undefined;
  const text = ts.isTemplateExpression(node)
    ? [node.head, ...node.templateSpans.map(({ literal }) => literal)].map((part) => part.text).join(HOLE)
    : node.text;
  const [, set] = /\bupdate\s+[`"]?pwj_jobs\b(?:.*?\bset\b(.*?)(?:\bwhere\b|$))?/is.exec(text) ?? [];
  if (set !== undefined && (set.includes(HOLE) || /\bstate\b[`"]?\s*=/.test(set))) return 'state';
  const [, verb] = /\b(into|from)\s+[`"]?pwj_jobs\b/i.exec(text) ?? [];
  if (verb === undefined) return undefined;
  return verb === 'into' ? 'insert' : /\bdelete\s+from\s/i.test(text) ? 'delete' : undefined;
}

/** The circles in which files import each other, types included. */
export function circles(imports: readonly Import[]): string[] {
  const targets = new Map<string, string[]>();
  for (const { file, target, relative } of imports)
    if (relative) targets.set(file, [...(targets.get(file) ?? []), target]);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (done.has(file)) return [];
    const first = path.indexOf(file);
    if (first >= 0) return [`${[...path.slice(first), file].join(' -> ')}: a circle`];
    const found = (targets.get(file) ?? []).flatMap((target) => visit(target, [...path, file]));
    done.add(file);
    return found;
  };
  return [...targets.keys()].flatMap((file) => visit(file, []));
}

/** The plugins of the built-in job types, and the one that keeps their files: the suites of the repository use them. */
const JOB_PLUGINS = ['backup', 'cleanup', 'email', 'files', 'image', 'report'];

/** Where a package that can be deleted is registered, and what exists to show it. */
const REGISTERED_IN = [
  'main.ts',
  'jobs.config.ts',
  'core/src/defaults.ts',
  'core/package.json',
  'package.json',
  'bench/package.json',
  // `cli/src/sign-in.ts` adds the plugin that signs in.
  'cli/package.json',
  'create-plugin/src/files.js',
  'examples/hono-host/',
  'examples/hosts/',
  'examples/phraseworks-host/',
  // The command line is an optional peer of the test kit.
  'testing/package.json',
  'testing/src/create-test-jobs.ts',
  // The name of the product, which an archive holds, is that of the command line.
  'plugins/backup/src/manifest.ts',
  'plugins/backup/test/archives.ts',
  // Lists of folders and entries, which may name what is not there.
  'vitest.config.ts',
  'scripts/exported-types.ts',
  'scripts/boundaries.ts',
  'test/boundaries.test.ts',
  'test/create-plugin.test.ts',
  'test/packages.test.ts',
  'test/install.test.ts',
];

/** The packages that can be deleted with their registration: folder and name. */
const deletable = (root: string): [folder: string, name: string][] =>
  ['cli', ...readdirSync(join(root, 'plugins')).map((name) => `plugins/${name}`)]
    .filter((folder) => !JOB_PLUGINS.includes(folder.slice('plugins/'.length)))
    .map((folder) => [
      folder,
      folder === 'cli' ? '@phraseworks/cli' : `@phraseworks/${folder.replace('plugins/', 'plugin-')}`,
    ]);

/** The lines of a file that name a package which can be deleted, outside of it: its name, or a path into its folder. */
export function namedPackages(
  file: string,
  text: string,
  packages: readonly [folder: string, name: string][],
): { line: number; name: string }[] {
  const others = packages.filter(([folder]) => !file.startsWith(`${folder}/`));
  if (REGISTERED_IN.some((place) => file.startsWith(place))) return [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: { line: number; name: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
      const path = node.text.startsWith('.') ? join(file, '..', node.text) : node.text;
      for (const [folder, name] of others)
        if (path === name || path.startsWith(`${name}/`) || path.startsWith(`${folder}/`))
          found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, name });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Of code and manifests, from the root of the repository. */
function codeFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(\.|node_modules$|dist$|data$)/.test(entry.name) ? [] : codeFiles(root, path);
    return /(\.[cm]?[jt]sx?|^package\.json)$/.test(entry.name) ? [path] : [];
  });
}

/** One line for each breach of a rule: in what is published, tests left out, and in all code for packages that can be deleted. */
function brokenBoundaries(root: string): string[] {
  const all: Import[] = [];
  const broken = packagesOf(root)
    .flatMap(sourceFiles(root))
    .flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const own = importsOf(file, text);
      all.push(...own);
      const imports = own.flatMap((found) => {
        const what = complaint(found);
        return what === undefined ? [] : [`${file}:${found.line} ${what}`];
      });
      const questions = engineQuestions(file, text).map(
        (line) =>
          `${file}:${line} asks which engine it is: ${INSTEAD[file.startsWith('plugins/') ? 'plugins' : 'core']}`,
      );
      const statements = statementsIn(file, text).map(
        (line) => `${file}:${line} builds SQL, which only ${SQL.join(', ')} may`,
      );
      const writes = jobWrites(file, text).flatMap(({ line, write }) =>
        JOB_WRITERS[write].includes(file)
          ? []
          : [`${file}:${line} writes jobs (${write}), which only ${JOB_WRITERS[write].join(', ')} may do`],
      );
      return [...imports, ...questions, ...statements, ...writes];
    });
  const missing = packagesOf(root).flatMap((folder) =>
    undeclared(
      all.filter(({ file }) => file.startsWith(`${folder}/`)),
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    ),
  );
  const packages = deletable(root);
  const named = codeFiles(root).flatMap((file) =>
    namedPackages(file, readFileSync(join(root, file), 'utf8'), packages).map(
      ({ line, name }) =>
        `${file}:${line} names ${name}, which can be deleted: only its own folder and ${REGISTERED_IN.join(', ')} may`,
    ),
  );
  return [...broken, ...missing, ...circles(all), ...named];
}

const sourceFiles = (root: string) => (name: string) =>
  readdirSync(join(root, name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
    .map((path) => join(name, 'src', path.replaceAll('\\', '/')));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const broken = brokenBoundaries(process.cwd());
  for (const line of broken) console.error(line);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
