// A process that only works: no HTTP, no schedules; alone, or below a supervisor.
import type { JobsOptions } from '@phraseworks/jobs';
import { systemClock, systemEnv, systemRandom } from '@phraseworks/jobs/internals/base';
import { type Assembled, assemble } from '@phraseworks/jobs/internals/site';
import { stopOnSignals } from './signals.ts';
import { followSupervisor, placeOf, tellReady } from './supervised.ts';

export interface WorkerOptions {
  options: JobsOptions;
  /** For lines about the stop. */
  say: (line: string) => void;
  /** Called before the first claim. */
  onOpen?: (jobs: Assembled) => void;
}

/** Resolves when it claims jobs. Throws what `createJobs()` throws. */
export async function runWorker({ options, say, onOpen }: WorkerOptions): Promise<Assembled> {
  const env = systemEnv();
  const jobs = await assemble(
    { ...options, roles: ['worker'], default: true },
    { clock: systemClock, random: systemRandom, env, patience: Number.POSITIVE_INFINITY },
  );
  const { engine } = jobs.internals;
  const ends = {
    stop: () => jobs.stop(),
    halt: () => jobs.halt(),
    exit: (code: number) => process.exit(code),
  };
  const supervised = placeOf(env) !== undefined;
  if (supervised) followSupervisor({ ...ends, look: () => engine.writes.poke() });
  else stopOnSignals({ ...ends, say }, process, () => systemClock.now());
  onOpen?.(jobs);
  await jobs.start();
  if (supervised) tellReady(engine.identity.node);
  return jobs;
}
