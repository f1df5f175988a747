// Output paths: plain names below the storage target.
import { ImageFailure } from './failure.ts';
import { EXTENSIONS, formatOfName } from './formats.ts';

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

/** The key in the storage target, under which the file is remembered. Throws `ImageFailure` `INVALID_OUTPUT_PATH`. */
export function plainKey(path: string): string {
  const problem = pathProblem(path);
  if (problem) throw new ImageFailure('INVALID_OUTPUT_PATH', `data.outputPath ${problem}`);
  return withoutSlash(path);
}
