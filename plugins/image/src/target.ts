// Where the files of a job go: the common interface of folder and bucket.
import type { PluginClock, RunningJob, Storage } from '@phraseworks/sdk';
import type { Outputs } from './outputs.ts';
import type { ReadyFile } from './save.ts';

/** What may be replaced. */
export interface Terms {
  /** What another job of this plugin made. */
  overwrite: boolean;
  /** The real path of the source itself. */
  original: string | null;
}

export interface Target {
  /** Throws `ImageFailure` when the path is taken already; `keep` decides for good. */
  check(outputPath: string, terms: Terms, job: RunningJob): Promise<void>;
  /** Keeps the files; one that may not be written throws `ImageFailure`. */
  keep(files: readonly ReadyFile[], terms: Terms, job: RunningJob): Promise<void>;
}

export interface TargetTools {
  outputs: Outputs;
  storage: Storage;
  clock: PluginClock;
}
