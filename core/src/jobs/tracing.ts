// What the queue asks of a tracing library: a span around each addition and each run. Absent unless the host asks for it.
import type { Settlement } from '../db/job-writes.ts';
import type { ClaimedJob, JobRecord } from './record.ts';

export interface Tracing {
  /** Stores jobs inside a span of its own; the jobs carry it on in `trace`. */
  adding<T>(records: readonly JobRecord[], store: () => Promise<T>): Promise<T>;
  /** Runs an attempt inside a span that belongs to the trace of its job. `run` does not reject. */
  running(job: ClaimedJob, run: () => Promise<Settlement>): Promise<Settlement>;
}
