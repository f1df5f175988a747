// Ranges of versions, as a plugin names those of the SDK that it works with.

const RANGE = /^(\^|~|>=)?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?$/;

type Version = readonly [major: number, minor: number, patch: number];

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Does a version fit a range of the form ^1.2.0, ~1.2.0, >=1.2.0 or 1.2.0? Null for any other form. */
export function fits(version: string, range: string): boolean | null {
  const own = RANGE.exec(version);
  const asked = RANGE.exec(range);
  if (!own || !asked) return null;
  const [, operator, major, minor, patch] = asked;
  const has: Version = [Number(own[2]), Number(own[3] ?? 0), Number(own[4] ?? 0)];
  const least: Version = [Number(major), Number(minor ?? 0), Number(patch ?? 0)];
  if (compare(has, least) < 0) return false;
  if (operator === '>=') return true;
  if (has[0] !== least[0]) return false;
  // Omitted parts match anything: `1` and `^1` match any 1.x.y.
  if (minor === undefined) return true;
  // Below 1.0.0, minor versions may break.
  if (operator === '^' && least[0] > 0) return true;
  if (has[1] !== least[1]) return false;
  if (operator === undefined && patch !== undefined) return has[2] === least[2];
  return operator !== '^' || least[1] > 0 || patch === undefined || has[2] === least[2];
}
