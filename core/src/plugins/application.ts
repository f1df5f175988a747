// The application as an owner: what the CMS registers outside any plugin.
import { token } from '@phraseworks/sdk';
import { type Ambient, ambient } from '@phraseworks/sdk/host';
import type { Clock } from '../kernel/clock.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { OwnedJobs } from '../queue/jobs-of.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import type { TransactionContext } from '../store/transaction-context.ts';
import { createApi } from './api.ts';
import type { Hooks } from './hooks.ts';
import type { SchedulesPort } from './ports.ts';
import { type Footprint, Scope } from './scope.ts';
import { Watch } from './watch.ts';

export interface ApplicationParts {
  registry: TypeRegistry;
  hooks: Hooks;
  schedules: SchedulesPort;
  /** For the owner null. */
  jobs: OwnedJobs;
  inside: TransactionContext;
  clock: Clock;
  log: Logger;
}

export interface Application {
  /** The functions and the hooks, for the instance and for module-level calls. */
  functions: Ambient;
  /** Runs `fn` so that module-level functions use this instance. */
  enter<R>(fn: () => R): R;
  /** Applies registrations made before the first instance existed. Throws like a registration. */
  adoptEarly(): void;
  footprint(): Footprint;
  /** Undoes all registrations; returns the errors. */
  close(): Promise<unknown[]>;
}

export const Application = token<Application>('core/application');

/** At equal priority, hooks of the application run before those of plugins. */
const PLACE = -1;

export function createApplication({
  registry,
  hooks,
  schedules,
  jobs,
  inside,
  clock,
  log,
}: ApplicationParts): Application {
  const scope = new Scope('the job system', clock);
  const charge = (error: unknown, where: string) =>
    log.error(`the application, ${where}:`, stackOf(error) ?? messageOf(error));
  const watch = new Watch((error) => charge(error, 'an unawaited promise'), clock);
  // Nothing waits for the application's promises, so report each from the start.
  void watch.settle();
  const { functions, enter } = createApi({
    owner: null,
    place: PLACE,
    isFirstStart: () => false,
    scope,
    registry,
    hooks,
    schedules,
    jobs,
    inside,
    track: (promise) => watch.track(promise),
    declaring: () => false,
    charge,
  });
  return {
    functions,
    enter,
    adoptEarly: () => {
      for (const registration of ambient.early()) registration(functions);
    },
    footprint: () => scope.footprint(),
    close: () => scope.close(),
  };
}
