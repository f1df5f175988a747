// Composes the plugin host of one instance.
import { token } from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import type { DependencyContainer } from 'tsyringe';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Holds } from '../queue/holds.ts';
import type { OwnedJobs } from '../queue/jobs-of.ts';
import type { Joiners } from '../queue/joiners.ts';
import type { Peers } from '../queue/presence.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import type { JobReads } from '../store/job-reads.ts';
import type { Ledger } from '../store/ledger.ts';
import type { PluginDatabases } from '../store/plugin-database.ts';
import { PluginStore } from '../store/plugin-store.ts';
import { Administration } from './administration.ts';
import { Commands } from './commands.ts';
import type { Hooks } from './hooks.ts';
import { PluginHost } from './plugin-host.ts';
import type { InitLimit, NewApp, RemovalPort, RequestInside, SchedulesPort, WorkerPort } from './ports.ts';
import { Reconciler } from './reconciler.ts';
import { Services } from './services.ts';
import type { Slots } from './slot.ts';

/** Options of the host for its plugins. */
export interface PluginOptions {
  /** Base folder for a relative `use`, and the first place to look for packages; the working directory by default. */
  baseDir?: string;
  /** `stop`: `startAll` throws if a plugin fails. `continue` (default): only that plugin fails. */
  onPluginFailure?: 'continue' | 'stop';
  /** How long `init` may take; 10 s of the instance's clock by default. */
  initLimit?: InitLimit;
  /** Services that the core lends to plugins. */
  lent: readonly Lent[];
  newApp: NewApp;
  request: RequestInside;
}
export const PluginOptions = token<PluginOptions>('core/plugin-options');

export interface PluginHostOptions extends PluginOptions {
  slots: Slots;
  registry: TypeRegistry;
  hooks: Hooks;
  schedules: SchedulesPort;
  reads: JobReads;
  holds: Holds;
  removal: RemovalPort;
  worker: WorkerPort;
  peers: Pick<Peers, 'others'>;
  jobs(owner: string | null): OwnedJobs;
  joiners: Joiners;
  /** The instance's root container. */
  container: DependencyContainer;
  ledger: Ledger;
  databases: PluginDatabases;
  clock: Clock;
  log: Logger;
}

export function createPluginHost(options: PluginHostOptions): PluginHost {
  const { slots, ledger, registry, worker, onPluginFailure, baseDir = process.cwd() } = options;
  const store = new PluginStore(ledger);
  const services = new Services(options.lent, slots.services);
  const shared = { ...options, services, commands: new Commands() };
  const reconciler = new Reconciler({ slots, shared, worker, store, baseDir });
  registry.onTaken(({ type, plugin }, by) => reconciler.lose(plugin, type, by.plugin));
  const administration = new Administration({ ...options, store, load: (slot) => reconciler.loaded(slot) });
  return new PluginHost({ ...options, slots, reconciler, administration, shared, onPluginFailure });
}
