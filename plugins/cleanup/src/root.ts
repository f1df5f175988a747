// A root: a folder whose files may be removed, with its rules.
import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path';
import { Folder } from '@phraseworks/sdk/folder';
import type { RootConfig } from './config.ts';
import { type Matches, matcher } from './patterns.ts';

/** These folders cannot be roots, but folders in them can. */
const TOO_WIDE = '/bin /boot /etc /home /lib /lib64 /media /mnt /opt /root /run /sbin /srv /usr /var'.split(' ');
/** Not files, whatever they look like. */
const NO_FILES = ['/proc', '/sys', '/dev'];
const MEMORY_FILES = '/dev/shm';
/** What SQLite keeps beside a database. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

export interface Root {
  /** As it is configured; for people and for stored lists. */
  readonly path: string;
  readonly matches: Matches;
  readonly links: boolean;
  /** `'30 days'` */
  readonly olderThan: string | undefined;
  readonly kind: RootConfig['kind'];
  /** The file of the jobs, which is never removed; null without one. */
  readonly database: string | null;
}

export interface OpenRoot {
  folder: Folder;
  /** The real path. */
  real: string;
  /** Real paths that are never removed: the database of the jobs. */
  kept: ReadonlySet<string>;
}

const inside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
};

/** Why a folder cannot be a root, as a code; null if it can. `working`: the working directory. */
export function rootProblem(real: string, working: string): 'ROOT_TOO_WIDE' | null {
  const special = NO_FILES.some((folder) => inside(folder, real)) && !inside(MEMORY_FILES, real);
  const tooWide = real === parse(real).root || TOO_WIDE.includes(real) || inside(real, working);
  return special || tooWide ? 'ROOT_TOO_WIDE' : null;
}

/** `database`: the file of the jobs, or null. */
export function rootOf(config: RootConfig, database: string | null): Root {
  return {
    path: config.path,
    matches: matcher(config.patterns),
    links: config.links,
    olderThan: config.olderThan,
    kind: config.kind,
    database,
  };
}

/** The paths of the database, as configured and with links resolved. */
async function keptOf(database: string | null): Promise<ReadonlySet<string>> {
  if (database === null) return new Set();
  const folder = await realpath(dirname(database)).catch(() => dirname(database));
  const named = join(folder, basename(database));
  const real = await realpath(database).catch(() => named);
  return new Set([named, real].flatMap((path) => BESIDE.map((end) => `${path}${end}`)));
}

/** Throws what the system says (`ENOENT`, `EACCES`, `ENOTDIR`), and `ROOT_TOO_WIDE`. The caller closes the folder. */
export async function openRoot(root: Root): Promise<OpenRoot> {
  const real = await realpath(resolve(root.path));
  const problem = rootProblem(real, await realpath('.'));
  if (problem) throw Object.assign(new Error('a system folder, or a folder that contains the site'), { code: problem });
  return { folder: await Folder.open(real, real), real, kept: await keptOf(root.database) };
}

/** Whether a file of this name may be removed. `path` is relative to the root, with slashes. */
export function mayGo(root: Root, { real, kept }: Pick<OpenRoot, 'real' | 'kept'>, path: string): boolean {
  return root.matches(path) && !kept.has(join(real, path));
}
