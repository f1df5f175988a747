// The place in a job's data that a file takes: `data.file`, `data.files[0]`.

type Step = string | number;

const PLACE = /^data(?:\.[A-Za-z_$][A-Za-z0-9_$-]{0,63}|\[\d{1,2}\]){1,8}$/;
const REFUSED = new Set(['__proto__', 'constructor', 'prototype']);

/** The steps below `data`, or null when it is no such place. */
export function parsePlace(text: string): Step[] | null {
  if (!PLACE.test(text)) return null;
  const steps = [...text.slice('data'.length).matchAll(/\.([^.[]+)|\[(\d+)\]/g)].map(([, key, index]) =>
    key === undefined ? Number(index) : key,
  );
  return steps.some((step) => typeof step === 'string' && REFUSED.has(step)) ? null : steps;
}

/** Nothing is there, or what a file becomes when it is written as JSON. */
const isFree = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);

/**
 * Puts `value` at `steps` below `root` and makes the objects and lists on the way.
 * False when something else is there, when a step does not fit what is there, or when a list would get a gap.
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
