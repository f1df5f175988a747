// The jobs that a list, a search or a bulk action covers, and those that `authorize` lets a user see.
import type { Subject, Where } from '@phraseworks/sdk';
import { valueAt } from '../kernel/json.ts';

export function fits(where: Where, { type, plugin, schedule, data }: Subject): boolean {
  if (!fitsKind(where, { type, plugin })) return false;
  if (where.schedules && (typeof schedule !== 'string' || !where.schedules.includes(schedule))) return false;
  return Object.entries(where.data ?? {}).every(([path, value]) => valueAt(data, path.split('.')) === value);
}

/** Checks types and plugins only. */
export const fitsKind = ({ types, plugins }: Where, { type, plugin }: Subject): boolean =>
  (!types || (typeof type === 'string' && types.includes(type))) &&
  (!plugins || (typeof plugin === 'string' && plugins.includes(plugin)));

/** True if the filter needs the job itself. */
export const needsJob = ({ schedules, data }: Where): boolean =>
  schedules !== undefined || Object.keys(data ?? {}).length > 0;

const LISTS = ['types', 'plugins', 'schedules'] as const;
const KNOWN: ReadonlySet<string> = new Set([...LISTS, 'data']);
const PATH = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u;

/** Throws a TypeError: an invalid filter must not let everything through. */
export function readWhere(input: unknown): Where {
  if (!isObject(input)) throw new TypeError('where must be an object');
  const where = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Where;
  if (Object.keys(where).some((key) => !KNOWN.has(key)))
    throw new TypeError(`where may have only ${[...KNOWN].join(', ')}`);
  for (const name of LISTS) {
    const list: unknown = where[name];
    if (list === undefined) continue;
    if (!Array.isArray(list) || !list.every((one) => typeof one === 'string'))
      throw new TypeError(`where.${name} must be an array of strings`);
  }
  if (where.data === undefined) return where;
  if (!isObject(where.data)) throw new TypeError('where.data must be an object of paths and values');
  for (const [path, value] of Object.entries(where.data)) {
    if (!PATH.test(path)) throw new TypeError('where.data has an invalid path: use letters, digits and dots');
    if (!['string', 'number', 'boolean'].includes(typeof value))
      throw new TypeError(`where.data.${path} must be a string, number or boolean`);
  }
  return where;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
