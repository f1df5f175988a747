// Which file may import which. The linter holds the walls between packages; these depend on the file or let types through.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';
import { pathToFileURL } from 'node:url';
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

/** Where packages other than plugins may import a library's values; its types may be named anywhere. */
const HOMES: Record<string, string[]> = {
  '@hono/node-server': ['core/src/http/', ...HOSTS],
  'better-sqlite3': ['core/src/db/dialect/sqlite.ts'],
  croner: ['core/src/scheduler/cron.ts'],
  hono: ['core/src/http/', ...HOSTS],
  kysely: ['core/src/db/'],
  mysql2: ['core/src/db/dialect/mysql', 'testing/src/test-database.ts'],
  'node:timers': ['core/src/clock.ts'],
  'reflect-metadata': ['core/src/container.ts'],
  tsyringe: ['core/src/container.ts'],
  ws: ['core/src/http/'],
};

/** Of these a plugin may have no values either; other libraries it may declare as its own. */
const NOT_FOR_PLUGINS = ['node:timers', 'reflect-metadata', 'tsyringe'];

/** Files directly in core/src that everybody may import, and that know no layer but by its types. The others put layers together. */
const OPEN = [
  'clock.ts',
  'config.ts',
  'env.ts',
  'errors.ts',

  'host.ts',
  'id.ts',
  'identity.ts',
  'json-schema.ts',
  'json.ts',
  'logger.ts',
  'priority.ts',
  'within.ts',
];

/** What a folder of core/src may import besides itself and the open files. */
const LAYERS: Record<string, string[]> = {
  db: ['jobs/lifecycle.ts'],
  events: ['db/'],
  jobs: ['events/', 'db/'],
  scheduler: ['plugins/', 'jobs/', 'events/', 'db/'],
  plugins: ['scheduler/', 'jobs/', 'events/', 'db/'],
  http: ['scheduler/', 'plugins/', 'jobs/', 'events/', 'db/'],
};

const LAYER_TYPES: Record<string, string[]> = { db: ['jobs/record.ts'] };

/** What is wrong with an import, or undefined. */
export function complaint(found: Import): string | undefined {
  const { file, target } = found;
  const own = file.slice(0, file.indexOf('/src/') + '/src/'.length);
  if (!found.relative) return libraryComplaint(found);
  if (!target.startsWith(own)) return `${target} is outside the package's src: import another package by its name`;
  if (own !== 'core/src/') return undefined;
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
  const layer = file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
  const above = LAYERS[layer] === undefined && !OPEN.includes(file);
  if (target.startsWith('http/')) {
    const may = layer === 'http' || file === 'create-jobs.ts' || (above && typeOnly);
    return may ? undefined : 'create-jobs.ts alone imports http';
  }
  if (OPEN.includes(file)) {
    return OPEN.includes(target) || typeOnly
      ? undefined
      : `${file} is open to all layers and may import none: ${target}`;
  }
  const allowed = LAYERS[layer];
  if (allowed === undefined || target.startsWith(`${layer}/`) || OPEN.includes(target)) return undefined;
  const types = LAYER_TYPES[layer] ?? [];
  const fits = (prefix: string): boolean => target.startsWith(prefix);
  if (allowed.some(fits) || (typeOnly && types.some(fits))) return undefined;
  const may = ['itself', 'open files', ...allowed, ...types.map((name) => `types of ${name}`)];
  return `core/src/${layer} may not import ${target}, only ${may.join(', ')}`;
}

/** One line for each import that breaks a rule in what is published, tests left out. */
export function brokenBoundaries(root: string): string[] {
  return packagesOf(root)
    .flatMap(sourceFiles(root))
    .flatMap((file) =>
      importsOf(file, readFileSync(join(root, file), 'utf8')).flatMap((found) => {
        const what = complaint(found);
        return what === undefined ? [] : [`${file}:${found.line} ${what}`];
      }),
    );
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
