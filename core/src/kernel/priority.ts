// Priorities by name, and as they are stored.
import type { Priority } from '@phraseworks/sdk';

/** Stored so that ascending is first. */
export const PRIORITIES = ['urgent', 'high', 'normal', 'low'] as const satisfies readonly Priority[];
export const rank = (priority: Priority): number => PRIORITIES.indexOf(priority);
export const priorityOf = (stored: number): Priority => PRIORITIES[stored] ?? 'normal';
