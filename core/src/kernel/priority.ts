// Priorities, and the numbers under which they are stored.
import type { Priority } from '@phraseworks/sdk';

/** The index is stored: the smallest runs first. */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Priority[];
export const rank = (priority: Priority): number => PRIORITIES.indexOf(priority);
export const priorityOf = (stored: number): Priority => PRIORITIES[stored] ?? 'normal';
