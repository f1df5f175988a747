// What the plugin host needs from other parts.
import type { DisableOptions, PluginApp, Schedule, ScheduledJob } from '@phraseworks/sdk';
import type { Awaitable } from '@phraseworks/sdk/host';
import type { Clock } from '../kernel/clock.ts';

export interface RemovalPort {
  /** Removes the jobs of a plugin that is off; returns their number. */
  ofPlugin(plugin: string): Promise<number>;
}

export interface WorkerPort {
  /** Resolves when no attempt of this plugin runs in this process. */
  quiesce(plugin: string, options: Required<DisableOptions>): Promise<void>;
}

/** `owner` is a plugin, or null for the application. */
export interface SchedulesPort {
  /** `isDeclared`: delete it once its plugin no longer declares it. */
  save(owner: string | null, schedule: Schedule, isDeclared: boolean): Promise<ScheduledJob>;
  remove(owner: string | null, name: string): Promise<boolean>;
  /** Returns how many it removed. */
  removeAll(owner: string): Promise<number>;
  /** Names without the plugin prefix. */
  namesOf(owner: string): Promise<string[]>;
  /** Removes other schedules that the owner had declared. */
  keepOnly(owner: string, names: readonly string[]): Promise<unknown>;
}

/** How long the `init` of a plugin may take, and by which clock. */
export interface InitLimit {
  clock: Clock;
  ms: number;
}

/** An empty Hono app. */
export type NewApp = () => PluginApp;

/** Calls the HTTP API from inside the process. */
export type RequestInside = (path: string, init?: RequestInit) => Awaitable<Response>;
