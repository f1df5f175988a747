// Paused types and plugins.
import type { Who } from '../access.ts';
import type { NewPause } from '../contract/requests.ts';
import type { PauseInfo } from '../contract/site.ts';
import { token } from '../token.ts';

/** A service of the core: `needs: { pauses: Pauses }`. Pausing and resuming needs `operate` for all jobs of the type. */
export interface Pauses {
  /** Oldest first. Needs `view`. */
  list(who: Who): Promise<PauseInfo[]>;
  /**
   * From its answer on, no process begins such a job, and schedules that add one skip their runs; running jobs finish. Returns an existing
   * pause unchanged. Throws `UNKNOWN_TYPE`, `PLUGIN_NOT_FOUND`, `INVALID_DATA`.
   */
  pause(who: Who, pause: NewPause): Promise<PauseInfo>;
  /** Its jobs go on in their order. Throws `NOT_FOUND`. */
  resume(who: Who, kind: PauseInfo['kind'], name: string): Promise<void>;
}
export const Pauses = token<Pauses>('core/pauses');
