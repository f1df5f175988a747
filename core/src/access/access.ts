// The services with rights inside, as one: for the routes of the core, and lent to plugins.
import { AuditLog, Jobs, lend, Nodes, Pauses, Plugins, Schedules, Types, token } from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import type { Built } from '../kernel/container.ts';
import { Audit } from './audit.ts';
import { GuardedTypes } from './job-types.ts';
import { GuardedJobs } from './jobs.ts';
import { GuardedNodes } from './nodes.ts';
import { GuardedPauses } from './pauses.ts';
import { GuardedPlugins } from './plugins.ts';
import { GuardedSchedules } from './schedules.ts';

export const ACCESS = {
  jobs: GuardedJobs,
  types: GuardedTypes,
  schedules: GuardedSchedules,
  pauses: GuardedPauses,
  plugins: GuardedPlugins,
  nodes: GuardedNodes,
  audit: Audit,
};

export type Access = Built<typeof ACCESS>;
export const Access = token<Access>('core/access');

/** For plugins that need them. */
export const lentServices = ({ jobs, types, schedules, pauses, plugins, nodes, audit }: Access): Lent[] => [
  lend(Jobs, jobs),
  lend(Types, types),
  lend(Schedules, schedules),
  lend(Pauses, pauses),
  lend(Plugins, plugins),
  lend(Nodes, nodes),
  lend(AuditLog, audit),
];
