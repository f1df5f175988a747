// Which tables of the core a move takes along, and which it leaves.
import { OLDEST_READER } from '../meta.ts';
import type { Database } from '../schema.ts';

/** Keys of pwj_meta that tell of moves. */
export const MOVE_KEYS = { record: 'move', movedTo: 'moved_to' } as const;

/** Each database has its own: its name for itself, and who was asked to drain there. */
const OWN_KEYS = ['instance', 'drain', OLDEST_READER, ...Object.values(MOVE_KEYS)] as const;

export const TAKEN = [
  'pwj_jobs',
  'pwj_attempts',
  'pwj_logs',
  'pwj_history',
  'pwj_receipts',
  'pwj_events',
  'pwj_counts',
  'pwj_totals',
  'pwj_minutes',
  'pwj_pauses',
  'pwj_log',
  'pwj_schedules',
  'pwj_ticks',
  'pwj_types',
  'pwj_plugins',
  'pwj_uploads',
  'pwj_meta',
] as const satisfies readonly (keyof Database)[];

/** Processes and steps belong to the database they ran on. */
export const LEFT = ['pwj_nodes', 'pwj_migrations'] as const satisfies readonly (keyof Database)[];

/** A target whose tables of these names hold rows is in use; what the others hold comes from a mere start there. */
export const IN_USE = [
  'pwj_jobs',
  'pwj_attempts',
  'pwj_logs',
  'pwj_history',
  'pwj_plugins',
  'pwj_uploads',
  'pwj_pauses',
  'pwj_log',
] as const;

export const keptOf = (table: string): readonly string[] => (table === 'pwj_meta' ? OWN_KEYS : []);
