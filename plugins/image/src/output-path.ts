// Output paths: plain names below the storage target.
import { ImageFailure } from './failure.ts';
import { EXTENSION, EXTENSIONS, type Format, formatOfName } from './formats.ts';

const MAX_LENGTH = 200;
const PLAIN = /^[A-Za-z0-9._/-]+$/;

/** `/uploads/a.webp` and `uploads/a.webp` are the same: both count from the root. */
const withoutSlash = (path: string) => path.replace(/^\//, '');

/** What is wrong with `path` as an output path, or null. Names our rules and does not repeat the path. */
export function pathProblem(path: string): string | null {
  const plain = withoutSlash(path);
  if (plain === '' || plain.length > MAX_LENGTH) return `must have 1 to ${MAX_LENGTH} characters`;
  if (!PLAIN.test(plain)) return 'may contain only ASCII letters, digits, ".", "_", "-" and "/"';
  const parts = plain.split('/');
  if (parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.'))) {
    return 'must not contain empty parts, or parts that begin or end with a dot';
  }
  return formatOfName(plain) ? null : `must end in ${EXTENSIONS}`;
}

/** The key of the file in the storage target. Throws `ImageFailure` `INVALID_OUTPUT_PATH`. */
export function plainKey(path: string): string {
  const problem = pathProblem(path);
  if (problem) throw new ImageFailure('INVALID_OUTPUT_PATH', `data.outputPath ${problem}`);
  return withoutSlash(path);
}

const NAME = /\{([^{}]*)\}/g;
const KNOWN = new Set(['width', 'format']);
const WIDEST = 16_384;

/** The names in braces. */
export const namesOf = (pattern: string): Set<string> =>
  new Set([...pattern.matchAll(NAME)].map(([, name]) => name ?? ''));

/** `{format}` becomes the extension: `/a/photo-{width}.{format}` gives `/a/photo-320.jpg`. */
export const filled = (pattern: string, width: number, format: Format): string =>
  pattern.replace(NAME, (_all, name) => (name === 'width' ? String(width) : EXTENSION[format]));

/** What is wrong with a pattern, or null. */
export function patternProblem(pattern: string): string | null {
  const names = namesOf(pattern);
  if ([...names].some((name) => !KNOWN.has(name))) return 'may contain only the placeholders {width} and {format}';
  if (!names.has('width')) return 'needs {width}, or its files would have one name';
  return pathProblem(filled(pattern, WIDEST, 'jpeg'));
}
