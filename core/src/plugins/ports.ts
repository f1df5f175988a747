// What the plugin host needs of the other parts, and no more.
import type { Awaitable, JobsApi, ParkReason, PluginApp, Schedule, ScheduledJob } from '@phraseworks/sdk';
import type { DisableOptions } from '../host.ts';

/** Jobs of a plugin that cannot run. Each answers how many jobs it touched. */
export interface Parking {
  park(plugin: string, reason: ParkReason): Promise<number>;
  /** Puts back what was parked because of its plugin, and what no process could run before. */
  unpark(plugin: string): Promise<number>;
  cancelAll(plugin: string): Promise<number>;
  /** Parked jobs. */
  count(plugin: string): Promise<number>;
  /** Deletes all jobs of the plugin, whatever their state. */
  removeAll(plugin: string): Promise<number>;
}

export interface RunningJobs {
  /** Resolves when no attempt of this plugin runs in this process. */
  quiesce(plugin: string, options: Required<DisableOptions>): Promise<void>;
}

/** `owner` is a plugin, or null for the application. */
export interface Schedules {
  /** `isDeclared`: it goes when its plugin no longer declares it at its start. */
  save(owner: string | null, schedule: Schedule, isDeclared: boolean): Promise<ScheduledJob>;
  remove(owner: string | null, name: string): Promise<boolean>;
  removeAll(owner: string): Promise<void>;
  /** Removes the other schedules that the owner had declared. */
  keepOnly(owner: string, names: readonly string[]): Promise<unknown>;
}

/** The queue as one owner holds it: what it adds and reports carries its name. */
export type OwnedJobs = Omit<JobsApi, 'registerProcessor' | 'scheduleJob' | 'unscheduleJob'>;

/** An empty Hono app. */
export type NewApp = () => PluginApp;

/** The HTTP API from inside. */
export type RequestInside = (path: string, init?: RequestInit) => Awaitable<Response>;
