// What all plugins of one instance share, and the application with them.
import { token } from '@phraseworks/sdk';
import { Clock } from '../kernel/clock.ts';
import type { Built } from '../kernel/container.ts';
import { Hooks } from '../kernel/hooks.ts';
import { Log } from '../kernel/logger.ts';
import { JobsOf } from '../queue/jobs-of.ts';
import { Queue } from '../queue/queue.ts';
import { TypeRegistry } from '../queue/registry.ts';
import { Schedules } from '../scheduler/schedules.ts';
import { PluginDatabases } from '../store/plugin-database.ts';
import { PluginOptions } from './options.ts';
import { Services } from './services.ts';

export const SHARED = {
  registry: TypeRegistry,
  hooks: Hooks,
  schedules: Schedules,
  jobs: JobsOf,
  queue: Queue,
  services: Services,
  databases: PluginDatabases,
  options: PluginOptions,
  clock: Clock,
  log: Log,
};

export type Shared = Built<typeof SHARED>;
export const Shared = token<Shared>('core/shared');
