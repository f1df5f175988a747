// Paused types and lanes.
import type { Who } from '../access.ts';
import type { PauseInfo } from '../answers.ts';
import { token } from '../token.ts';

export interface NewPause {
  kind: PauseInfo['kind'];
  /** A type, or a lane: `image` also covers `image/resize`. */
  name: string;
  /** Also pause schedules that add such jobs; true by default. */
  schedules?: boolean;
  /** Milliseconds, at most 366 days, after which a worker ends it, to within half a minute; without it, it lasts until it is resumed. */
  duration?: number;
  /** For everybody who sees the pause. */
  reason?: string;
}

/** A service of the core: `needs: { pauses: Pauses }`. Pausing and resuming needs `operate` for all jobs of the type. */
export interface Pauses {
  /** Oldest first. Needs `view`. */
  list(who: Who): Promise<PauseInfo[]>;
  /** Running jobs finish; waiting and new jobs are parked. Returns an existing pause unchanged. Throws `UNKNOWN_TYPE`, `NOT_FOUND` for a lane, `INVALID_DATA`. */
  pause(who: Who, pause: NewPause): Promise<PauseInfo>;
  /** Parked jobs return in order. Throws `NOT_FOUND`. */
  resume(who: Who, kind: PauseInfo['kind'], name: string): Promise<void>;
}
export const Pauses = token<Pauses>('core/pauses');
