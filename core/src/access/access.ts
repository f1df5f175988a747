// The services with rights inside, as one: for the routes of the core, and lent to plugins.
import { AuditLog, Batches, Jobs, Limits, lend, Nodes, Pauses, Plugins, Schedules, Types } from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import type { Parts } from '../kernel/container.ts';
import { Adding } from './adding.ts';
import { Audit } from './audit.ts';
import { GuardedBatches } from './batches.ts';
import { GuardedTypes } from './job-types.ts';
import { GuardedJobs } from './jobs.ts';
import { GuardedLimits } from './limits.ts';
import { GuardedNodes, ThisProcess } from './nodes.ts';
import { GuardedPauses } from './pauses.ts';
import { GuardedPlugins } from './plugins.ts';
import { Reach } from './reach.ts';
import { GuardedSchedules } from './schedules.ts';
import { Shown } from './shown.ts';
import { Turns } from './turns.ts';

export const accessServices = {
  here: ThisProcess,
  turns: Turns,
  shown: Shown,
  adding: Adding,
  reach: Reach,
  audit: Audit,
  jobs: GuardedJobs,
  types: GuardedTypes,
  schedules: GuardedSchedules,
  pauses: GuardedPauses,
  batches: GuardedBatches,
  limits: GuardedLimits,
  plugins: GuardedPlugins,
  nodes: GuardedNodes,
};

export type Access = Parts<typeof accessServices>;

/** For plugins that need them. */
export const lentServices = (all: Access): Lent[] => [
  lend(Jobs, all.jobs),
  lend(Types, all.types),
  lend(Schedules, all.schedules),
  lend(Pauses, all.pauses),
  lend(Batches, all.batches),
  lend(Limits, all.limits),
  lend(Plugins, all.plugins),
  lend(Nodes, all.nodes),
  lend(AuditLog, all.audit),
];
