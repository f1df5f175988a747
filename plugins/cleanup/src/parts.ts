// The inputs of a run.
import type { PluginClock } from '@phraseworks/sdk';
import type { Lists } from './lists.ts';
import type { CleanupSource } from './source.ts';
import type { Totals } from './totals.ts';

export interface CleanupParts {
  /** Those of the action, those of other plugins included. */
  sources(action: string): Promise<CleanupSource[]>;
  lists: Lists;
  totals: Totals;
  clock: PluginClock;
  /** Items at once. */
  batch: number;
}
