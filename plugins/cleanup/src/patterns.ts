// Glob patterns that select the files of a root; a leading `!` excludes.
import picomatch from 'picomatch';

export type Matches = (path: string) => boolean;

const isExclusion = (pattern: string): boolean => pattern.startsWith('!') && !pattern.startsWith('!(');

/** Why a pattern is invalid, or null. */
export function patternProblem(pattern: string): string | null {
  const glob = isExclusion(pattern) ? pattern.slice(1) : pattern;
  if (glob === '' || isExclusion(glob)) return 'must be a pattern with at most one leading !';
  if (glob.includes('\0')) return 'must not contain a NUL character';
  if (glob.startsWith('/') || /^[A-Za-z]:/.test(glob)) return 'must be relative to the folder, without a leading slash';
  if (glob.split('/').some((part) => part === '..' || part === '.')) return 'must not contain the parts . and ..';
  return null;
}

/** `path` counts from the root and has slashes on every system. `*` stays within a folder, `**` does not; hidden names need their dot. */
export function matcher(patterns: readonly string[]): Matches {
  // A name may hold a line break.
  const options = { nonegate: true, flags: 's' };
  const wanted = picomatch(
    patterns.filter((pattern) => !isExclusion(pattern)),
    options,
  );
  const excluded = patterns.filter(isExclusion).map((pattern) => pattern.slice(1));
  if (excluded.length === 0) return (path) => wanted(path);
  const unwanted = picomatch(excluded, { ...options, dot: true });
  return (path) => wanted(path) && !unwanted(path);
}
