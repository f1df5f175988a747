// Where a picture may be written: below the root, by plain names, whatever links are in between.
import { mkdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { ImageFailure } from './failure.ts';
import { EXTENSIONS, formatOfName } from './formats.ts';
import { isInside } from './inside.ts';

const MAX_LENGTH = 200;
const PLAIN = /^[A-Za-z0-9._/-]+$/;

/** `/uploads/a.webp` and `uploads/a.webp` are the same: both count from the root. */
const withoutSlash = (path: string) => path.replace(/^\//, '');

/** What is wrong with `path` as an output path, or null. The words name our rules, not the path. */
export function pathProblem(path: string): string | null {
  const plain = withoutSlash(path);
  if (plain === '' || plain.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  if (!PLAIN.test(plain)) return 'may hold ASCII letters, digits, ".", "_", "-" and "/" only';
  const parts = plain.split('/');
  if (parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.'))) {
    return 'may not hold empty parts, or parts that begin or end with a dot';
  }
  return formatOfName(plain) ? null : `must end in ${EXTENSIONS}`;
}

export interface Place {
  /** The real folder, which exists, and the file in it, which may not. */
  folder: string;
  file: string;
  /** The file from the real root with `/`: the name under which it is remembered. */
  key: string;
}

const outside = (cause?: unknown) =>
  new ImageFailure('OUTSIDE_ROOT', 'data.outputPath leads through something that is not a folder inside config.root', {
    cause,
  });

/** Makes the folders `parts` below the real folder `root`, one by one. A link that leads out, or anywhere unknown, is refused. */
export async function foldersBelow(root: string, parts: readonly string[]): Promise<string> {
  let folder = root;
  for (const part of parts) {
    const next = join(folder, part);
    await mkdir(next).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    folder = await realpath(next).catch((cause: unknown) => {
      throw outside(cause);
    });
    if (!isInside(root, folder) || !(await stat(folder)).isDirectory()) throw outside();
  }
  return folder;
}

/** The path as it is remembered when no link is in between. Throws `ImageFailure` `INVALID_OUTPUT_PATH`. */
export function plainKey(path: string): string {
  const problem = pathProblem(path);
  if (problem) throw new ImageFailure('INVALID_OUTPUT_PATH', `data.outputPath ${problem}`);
  return withoutSlash(path);
}

/** The place of `path` below `root`; its folders are made. Throws `ImageFailure`: `INVALID_OUTPUT_PATH`, `OUTSIDE_ROOT`. */
export async function placeFor(root: string, path: string): Promise<Place> {
  const parts = plainKey(path).split('/');
  await mkdir(root, { recursive: true });
  const realRoot = await realpath(root);
  const name = parts.pop() ?? '';
  const folder = await foldersBelow(realRoot, parts);
  const file = join(folder, name);
  return { folder, file, key: relative(realRoot, file).split(sep).join('/') };
}
