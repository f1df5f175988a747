// The jobs that a list, a search or a bulk action covers, and those that `authorize` lets a user see.
import type { Subject, Where } from '@phraseworks/sdk';
import { z } from 'zod';
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

const PATH = /^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u;
const texts = z.array(z.string()).optional();
const value = z.union([z.string(), z.number(), z.boolean()]);
const WHERE = z.strictObject({
  types: texts,
  plugins: texts,
  schedules: texts,
  data: z.record(z.string().regex(PATH), value).optional(),
});

/** Throws a TypeError: an invalid filter must not let everything through. */
export function readWhere(input: unknown): Where {
  const { error } = WHERE.safeParse(input);
  if (!error) return input as Where;
  const words =
    'types, plugins, schedules, data: three lists of texts, and values by paths of letters, digits and dots';
  throw new TypeError(`where may have only ${words}.\n${z.prettifyError(error)}`);
}
