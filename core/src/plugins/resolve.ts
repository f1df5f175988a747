// Finds the file of a plugin: a path, or a package as the host application, the program, or else the core, resolves it.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { JobsError } from '@phraseworks/sdk';
import { OWN_PLUGINS } from '@phraseworks/sdk/host';

export interface Found {
  /** `file:` URL. */
  url: string;
  /** Of its package.json, where it has one. */
  version: string | null;
}

/** There is no code of the plugin. */
export class NotInstalled extends JobsError {
  constructor(message: string) {
    super('INVALID_CONFIG', message);
  }
}

const SELF = import.meta.url;
/** If the core runs from source, so do packages of the same workspace. */
const CONDITIONS = new Set(['node', 'import', 'default', ...(SELF.endsWith('.ts') ? ['@phraseworks/source'] : [])]);
const INDEXES = ['index.js', 'index.mjs', 'index.ts'];

const isPath = (use: string): boolean => /^\.{0,2}[\\/]/.test(use) || use.startsWith('file:') || isAbsolute(use);

/** Packages to try for a key, in order. */
const packagesOf = (key: string): string[] => [`@phraseworks/plugin-${key}`, `phraseworks-plugin-${key}`];

/** `use`: a path (relative to `baseDir`) or a package. Throws `INVALID_CONFIG` that says what to do; `NotInstalled` if nothing is there. */
export function findPlugin(key: string, use: string | undefined, baseDir: string): Found {
  if (use !== undefined && isPath(use)) return findFile(key, use, baseDir);
  const names = use === undefined ? packagesOf(key) : [use];
  for (const name of names) {
    const found = findPackage(name, baseDir);
    if (found) return found;
  }
  // Only we can publish in our scope; any other name is open to everyone.
  const [first] = OWN_PLUGINS.includes(key) ? names : names.slice(-1);
  throw new NotInstalled(
    use === undefined
      ? `${first} is not installed: run npm install ${first}, or set plugins.${key}.use to its file or package`
      : `the package in plugins.${key}.use is not installed: run npm install ${first}`,
  );
}

function findFile(key: string, use: string, baseDir: string): Found {
  const path = use.startsWith('file:') ? fileURLToPath(use) : resolve(baseDir, use);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new NotInstalled(`file not found: ${path} (plugins.${key}.use)`);
  if (!stat.isDirectory()) return { url: urlOf(path), version: null };
  const found = readPackage(path) ?? readIndex(path);
  if (!found)
    throw new JobsError('INVALID_CONFIG', `the folder ${path} has no index.js or index.ts (plugins.${key}.use)`);
  return found;
}

/** The file that this process runs: the command line brings a plugin of its own, which neither the site nor the core may import. */
function program(): string {
  const [, file = ''] = process.argv;
  return existsSync(file) ? realpathSync(file) : fileURLToPath(SELF);
}

function findPackage(specifier: string, baseDir: string): Found | undefined {
  const [, name = specifier, below] = /^((?:@[^/]+\/)?[^/]+)(\/.+)?$/.exec(specifier) ?? [];
  for (const base of [join(baseDir, 'plugins.js'), program(), fileURLToPath(SELF)]) {
    const require = createRequire(base);
    for (const folder of require.resolve.paths(name) ?? []) {
      const found = existsSync(join(folder, name, 'package.json')) ? readPackage(join(folder, name), below) : undefined;
      if (found) return found;
    }
    // Package managers without node_modules resolve by themselves.
    try {
      return { url: urlOf(require.resolve(specifier)), version: null };
    } catch {
      // Try the next base.
    }
  }
  return undefined;
}

interface Manifest {
  version?: unknown;
  main?: unknown;
  exports?: unknown;
}

function readPackage(folder: string, below?: string): Found | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const entry = below === undefined ? entryOf(manifest, '.') : (entryOf(manifest, `.${below}`) ?? below);
  const version = typeof manifest.version === 'string' ? manifest.version : null;
  if (entry !== undefined && existsSync(join(folder, entry))) return { url: urlOf(join(folder, entry)), version };
  const index = below === undefined ? readIndex(folder) : undefined;
  return index && { ...index, version };
}

function readIndex(folder: string): Found | undefined {
  const file = INDEXES.map((name) => join(folder, name)).find((path) => existsSync(path));
  return file === undefined ? undefined : { url: urlOf(file), version: null };
}

/** The file that `exports` (else `main`) names for `import`. */
function entryOf({ exports, main }: Manifest, subpath: string): string | undefined {
  if (exports === undefined || exports === null) return subpath === '.' && typeof main === 'string' ? main : undefined;
  const bySubpath =
    typeof exports === 'object' && !Array.isArray(exports) && Object.keys(exports).some((key) => key.startsWith('.'));
  if (bySubpath) return target((exports as Record<string, unknown>)[subpath]);
  return subpath === '.' ? target(exports) : undefined;
}

function target(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return value.map(target).find((found) => found !== undefined);
  for (const [condition, inner] of Object.entries(value)) {
    const found = CONDITIONS.has(condition) ? target(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

// Use the real path, so that a linked package is one module under both of its names.
const urlOf = (path: string): string => pathToFileURL(realpathSync(path)).href;
