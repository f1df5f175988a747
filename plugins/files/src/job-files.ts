// Files in the data of a job: finds them, takes them out, and puts references in their places.

/** A key or an index on the way to a place in the data. */
export type Step = string | number;

/** Is the place empty, or does it hold `{}`, which is what a file becomes in JSON? */
const isFree = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);

/** For people: `data.files[0]`. */
export const placeOf = (steps: readonly Step[]): string =>
  steps
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .reduce((path, part) => path + part, 'data');

/**
 * Puts `value` at `steps` below `root`, and creates the objects and lists on the way.
 * False if the place is taken, if a step does not fit what exists, or if a list would get a gap.
 */
export function putAt(root: object, steps: readonly Step[], value: unknown): boolean {
  let holder = root as Record<Step, unknown>;
  for (const [i, step] of steps.entries()) {
    if (Array.isArray(holder) ? !(typeof step === 'number' && step <= holder.length) : typeof step === 'number')
      return false;
    const next = steps[i + 1];
    const present = Object.hasOwn(holder, step) ? holder[step] : undefined;
    if (next === undefined) {
      if (!isFree(present)) return false;
      holder[step] = value;
      return true;
    }
    if (present === undefined || present === null) holder[step] = typeof next === 'number' ? [] : {};
    else if (typeof present !== 'object') return false;
    holder = holder[step] as Record<Step, unknown>;
  }
  return false;
}

interface InMemory {
  steps: Step[];
  blob: Blob;
}

const DEEPEST = 20;

/** The files in `data`, and a copy without them; `data` itself if it has no files. */
export function takeFiles(data: unknown): { data: unknown; files: InMemory[] } {
  const files: InMemory[] = [];
  const copy = (value: unknown, steps: Step[]): unknown => {
    if (value instanceof Blob) {
      files.push({ steps, blob: value });
      return null;
    }
    if (typeof value !== 'object' || value === null || steps.length >= DEEPEST) return value;
    if (Array.isArray(value)) return value.map((inner, i) => copy(inner, [...steps, i]));
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner, [...steps, key])]));
  };
  const without = copy(data, []);
  return files.length === 0 ? { data, files } : { data: without, files };
}

/** Does a job bring files? Looked at with every job that is added, so it copies nothing. Throws if the data cannot be read. */
export function hasFiles(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  if (value instanceof Blob) return true;
  if (Array.isArray(value)) return value.some((inner) => hasFiles(inner, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (hasFiles((value as Record<string, unknown>)[key], depth + 1)) return true;
  return false;
}
