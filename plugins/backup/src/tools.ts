// What the parts of this plugin share: settings, table, target, and how a run reports.
import type { DatabasePlace, Logger, PluginClock, Storage } from '@phraseworks/sdk';
import type { Config } from './config.ts';
import type { Runs } from './runs.ts';
import type { Target } from './target.ts';

export interface Tools {
  config: Config;
  clock: PluginClock;
  log: Logger;
  runs: Runs;
  /** Where the jobs' own database is; null if it is in memory or the host owns the connections. */
  place: DatabasePlace | null;
  storage: Storage;
  target: Target;
  /** For working folders and restored copies. */
  folder: string;
  /** Of this plugin. */
  version: string;
  /** Whether the run of this owner is still running. */
  isAlive(owner: string): Promise<boolean>;
}

/** What a run gets from its caller. */
export interface Running {
  /** `job/<id>/<attempt>` or `hand/<host>/<pid>`. */
  owner: string;
  signal: AbortSignal;
  /** 0 to 1. */
  progress(fraction: number, message: string): void;
  log: Pick<Logger, 'info' | 'warn'>;
}

/** Maps the progress of one phase, 0 to 1, to the range from `from` to `to`. Never goes back in it: an archive is read more than once. */
export function phase({ progress }: Running, from: number, to: number, message: string): (fraction: number) => void {
  let highest = -1;
  return (fraction) => {
    const share = Math.min(1, Math.max(0, fraction));
    if (share <= highest) return;
    highest = share;
    progress(from + (to - from) * share, message);
  };
}
