// Paused types and plugins.
import type { Who } from '../access.ts';
import type { PauseInfo } from '../answers.ts';
import { token } from '../token.ts';

export interface NewPause {
  kind: PauseInfo['kind'];
  name: string;
  /** Milliseconds, at most 366 days, after which a worker ends it, to within half a minute; without it, it lasts until it is resumed. */
  duration?: number;
  /** For everybody who sees the pause. */
  reason?: string;
}

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
