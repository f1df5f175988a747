// The data of a cleanup job, its validation, and the result.
import { z } from 'zod';
import { duration } from './config.ts';

export const ACTIONS = ['temp_files', 'remove_old_logs', 'expired_data'] as const;
export type BuiltInAction = (typeof ACTIONS)[number];

/** The default of `olderThan`. Expired data has its own expiry time. */
export const DEFAULT_AGE: Record<BuiltInAction, string | null> = {
  temp_files: '24 hours',
  remove_old_logs: '30 days',
  expired_data: null,
};

const OF_A_PLUGIN = /^[a-z0-9][a-z0-9-]{0,63}\/[a-z0-9][a-z0-9_-]{0,63}$/;
const LIST_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const refusal = (message: string) => ({ params: { message } });

export const isBuiltIn = (action: string): action is BuiltInAction => (ACTIONS as readonly string[]).includes(action);

export const CleanupData = z
  .strictObject({
    action: z
      .string()
      .refine(
        (text) => isBuiltIn(text) || OF_A_PLUGIN.test(text),
        refusal(`must be one of ${ACTIONS.join(', ')}, or an action of a plugin such as shop/carts`),
      )
      .meta({
        description: `What to remove: ${ACTIONS.join(', ')}, or an action of a plugin such as shop/carts.`,
        examples: [...ACTIONS],
      }),
    olderThan: duration
      .optional()
      .describe(
        'Only items older than this, such as 30 days; 24 hours by default for temp_files, 30 days for remove_old_logs.',
      ),
    dryRun: z.boolean().optional().describe('Remove nothing: count and list what would be removed. Off by default.'),
    list: z
      .string()
      .regex(LIST_ID)
      .optional()
      .describe('Id of a dry-run job: removes exactly the items it listed. Use it only with action.'),
  })
  .refine(
    ({ list, olderThan, dryRun }) => list === undefined || (olderThan === undefined && dryRun === undefined),
    refusal('with a list there is no olderThan and no dryRun: the list is run as it is'),
  );

export type CleanupData = z.input<typeof CleanupData>;

/** An item that could not be removed or read. */
export interface CleanupProblem {
  item: string;
  /** `EPERM`, `EBUSY`, `changed`, ... */
  reason: string;
}

export interface CleanupResult {
  action: string;
  dryRun: boolean;
  /** Removed; of a dry run: to be removed. */
  items: number;
  bytes: number;
  /** The first 100. */
  failed: CleanupProblem[];
  /** How many there are in all. */
  failedItems: number;
  /** Of a dry run: the first 100 of its list. */
  first?: { item: string; bytes: number; at: string }[];
  /** The list of a dry run, or that was run. */
  list?: string;
  durationMs: number;
}

export function summary({ action, olderThan, dryRun, list }: CleanupData): string {
  const what = action.replaceAll('_', ' ');
  if (list !== undefined) return `${what}: exactly a list`;
  const age = olderThan ?? (isBuiltIn(action) ? DEFAULT_AGE[action] : null);
  return `${dryRun ? 'preview: ' : ''}${what}${age === null ? '' : ` older than ${age}`}`;
}

export const example: CleanupData = { action: 'remove_old_logs', olderThan: '30 days' };
