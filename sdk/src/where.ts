// Which jobs a `where` of the site covers.
import type { Subject, Where } from './access.ts';

/** Does `where` cover it? For plugins that keep rows of their own about jobs. */
export function fits(where: Where, { type, plugin, schedule, data }: Subject): boolean {
  if (!fitsKind(where, { type, plugin })) return false;
  if (where.schedules && (typeof schedule !== 'string' || !where.schedules.includes(schedule))) return false;
  return Object.entries(where.data ?? {}).every(([path, value]) => valueAt(data, path.split('.')) === value);
}

/** Checks types and plugins only. */
export const fitsKind = ({ types, plugins }: Where, { type, plugin }: Subject): boolean =>
  (!types || (typeof type === 'string' && types.includes(type))) &&
  (!plugins || (typeof plugin === 'string' && plugins.includes(plugin)));

/** The value at `path`, or undefined. */
export function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}
