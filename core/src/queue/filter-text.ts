// A filter of jobs in one line, for people. Pure.

import type { BulkRequest } from '../host.ts';
import { iso } from '../kernel/clock.ts';

/** The latest that a date can be. */
const LAST = 8.64e15;
const moment = (ms: number): string => iso(Math.min(ms, LAST));

/** `failed, of the type email, error:timeout, added before 2026-01-01T00:00:00.000Z`; `all of them` for an empty one. */
export function filterText({ status, type, plugin, schedule, q, from, to }: BulkRequest['filter']): string {
  const parts = [
    ...(status === undefined ? [] : [[status].flat().join(' or ')]),
    ...(type === undefined ? [] : [`of the type ${type}`]),
    ...(plugin === undefined ? [] : [`of the plugin ${plugin}`]),
    ...(schedule === undefined ? [] : [`of the schedule ${schedule}`]),
    ...(q === undefined || q.trim() === '' ? [] : [q.trim()]),
    ...(from === undefined ? [] : [`added from ${moment(from)}`]),
    ...(to === undefined ? [] : [`added before ${moment(to)}`]),
  ];
  return parts.length === 0 ? 'all of them' : parts.join(', ');
}
