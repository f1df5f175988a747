// What every part of this plugin gets: the settings, the table, where archives go, and how a run reports.
import type { DatabasePlace, Logger, PluginClock, Storage } from '@phraseworks/sdk';
import type { Config } from './config.ts';
import type { Runs } from './runs.ts';
import type { Target } from './target.ts';

export interface Tools {
  config: Config;
  clock: PluginClock;
  log: Logger;
  runs: Runs;
  /** Where the jobs' own database lies; null in memory, and where the host holds the connections. */
  place: DatabasePlace | null;
  storage: Storage;
  target: Target;
  /** For the work of a run, and for what is restored beside. */
  folder: string;
  /** Of this plugin. */
  version: string;
  /** Does the attempt with this name still run? */
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

/** A part of the whole: 0 to 1 of it lies between `from` and `to`. */
export const phase =
  ({ progress }: Running, from: number, to: number, message: string) =>
  (fraction: number): void =>
    progress(from + (to - from) * Math.min(1, Math.max(0, fraction)), message);
