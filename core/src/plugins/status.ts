// The status of plugins for lists, and what each has registered.

import type { PluginStatus } from '@phraseworks/sdk/client';
import { iso } from '../kernel/clock.ts';
import type { TypeRegistry } from '../queue/registry.ts';
import type { Services } from './services.ts';
import type { Slot } from './slot.ts';

interface StatusParts {
  registry: TypeRegistry;
  services: Services;
  parkedJobs: number;
}

export function statusOf(slot: Slot, { registry, services, parkedJobs }: StatusParts): PluginStatus {
  const { name, running } = slot;
  const definition = slot.loaded?.definition;
  return {
    name,
    title: definition?.title ?? null,
    version: definition?.version ?? null,
    description: definition?.description ?? null,
    state: slot.state,
    reason: slot.reason,
    alwaysOn: definition?.alwaysOn ?? false,
    since: iso(slot.since),
    types: registry.typesOf(name),
    schedules: running?.scope.labels('schedules') ?? [],
    hooks: running?.scope.labels('hooks') ?? [],
    routes: running
      ? (['routes', 'public', 'guarded', 'pages'] as const).flatMap((kind) => running.apps.list(kind))
      : [],
    panels: [...(running?.panels.keys() ?? [])],
    commands: running?.scope.labels('commands') ?? [],
    needs: Object.values(definition?.needs ?? {}).map((token) => ({
      id: token.id,
      optional: token.optional ?? false,
      met: services.isMet(token),
    })),
    // Omit services that the host provides instead.
    provides: definition?.provides.filter((token) => !services.isOfHost(token)).map(({ id }) => id) ?? [],
    ...settingsOf(slot),
    health: { hookErrors: slot.hookErrors, lastError: slot.lastError },
    parkedJobs,
    initMs: slot.initMs,
  };
}

/** Null until the plugin's code is loaded. */
export const settingsOf = ({ config, places }: Slot): Pick<PluginStatus, 'config' | 'configSchema'> => ({
  configSchema: config?.jsonSchema ?? null,
  config: config?.shown(places) ?? null,
});
