// The unit of extension: what a plugin declares, and the context its init() is given.
import type { Hono } from 'hono';
import type { Kysely, Migration } from 'kysely';
import type { DependencyContainer } from 'tsyringe';
import type { PluginCommand } from './command.ts';
import type { Dispose, HookOptions, HooksApi, Wrapped, Wrapper } from './hooks.ts';
import type { JobsApi } from './jobs-api.ts';
import type { Awaitable, Block, Logger } from './processor.ts';
import type { Schema, StandardSchemaV1 } from './schema.ts';
import { type Needs, type Resolved, type Token, token } from './token.ts';

export const SDK_VERSION = '1.0.0';

/** A page of the plugin in the administration. */
export interface Panel {
  /** Part of the address: lower-case letters, digits and dashes. */
  id: string;
  title: string;
  data: () => Awaitable<Block[]>;
}

/** Time, so that a plugin's tests need no sleep. */
export interface PluginClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once after `ms`; the answer stops it. Stopped with the plugin, too. */
  after(ms: number, fn: () => void): () => void;
  iso(ms?: number): string;
}

/** Variables a plugin's routes find with `c.var`. */
export interface PluginVariables {
  plugin: string;
  /** Whom the host's `authorize` named. */
  user: string | undefined;
  /** Where the job system is mounted, without a slash at its end: `/jobs`, or nothing at the root. For links. */
  base: string;
  /** On a page: this person may view some jobs only, so figures of all jobs are not for them. */
  limited: boolean;
}
export type PluginApp = Hono<{ Variables: PluginVariables }>;

/** The tables of a plugin begin `pwj_<plugin>_`; narrow with `ctx.db.withTables<Tables>()`. */
// biome-ignore lint/suspicious/noExplicitAny: each plugin has tables of its own
export type PluginDatabase = Kysely<any>;

/**
 * Where the jobs' own database lies, for tools that open a connection of their own. `file` is an absolute path. `url` is as the host
 * configured it, with its password and options: never to be logged, shown or put on a command line.
 */
export type DatabasePlace = { engine: 'sqlite'; file: string } | { engine: 'mysql'; url: string };
/** Missing in memory, and where the host handed over its own connections: need it as `optional(DatabasePlace)`. */
export const DatabasePlace = token<DatabasePlace>('core/database-place');

/** This plugin's own pages, at the mount point or at `pagesAt`, for those who may view. */
export type Pages = PluginApp;
export const Pages = token<Pages>('core/pages');

export interface PluginContext<C = unknown, N extends Needs = Needs> extends JobsApi, HooksApi {
  readonly name: string;
  readonly config: C;
  readonly needs: Resolved<N>;
  readonly log: Logger;
  readonly clock: PluginClock;
  readonly db: PluginDatabase;
  /** Fires when the plugin is switched off. */
  readonly signal: AbortSignal;
  /** `/plugins/<name>/*`, for administrators only. */
  readonly routes: PluginApp;
  /** `/plugins/<name>/public/*`, for everybody. */
  readonly publicRoutes: PluginApp;
  /** This plugin's own tsyringe container, disposed with it: `needs`, by the keys of their tokens. */
  readonly container: DependencyContainer;
  /** The HTTP API from inside, with the rights of the request whose headers are passed on. */
  request(path: string, init?: RequestInit): Promise<Response>;
  provide<T>(token: Token<T>, service: T): void;
  /** Runs `wrapper` around each addition or attempt, for traces and contexts; of several, the smallest `priority` is outermost. */
  wrap<K extends keyof Wrapped>(name: K, wrapper: Wrapper<K>, options?: Omit<HookOptions, 'once'>): Dispose;
  panel(panel: Panel): void;
  /** A command of `phraseworks-jobs`. Throws `INVALID_STATE` when another plugin, or the command line itself, has one of this name. */
  command(command: PluginCommand): void;
  /** Runs when every enabled plugin is on. */
  onReady(fn: () => Awaitable<void>): void;
  /** Runs when the plugin is switched off: last in, first out, awaited. */
  onDisable(fn: Dispose): void;
}

export interface PluginDefinition<S extends Schema = Schema, N extends Needs = Needs> {
  /** Lower-case letters, digits and dashes. */
  name: string;
  version?: string;
  title?: string;
  description?: string;
  author?: string;
  /** Semver range of `SDK_VERSION`; checked when it is loaded. */
  sdk?: string;
  /** Any Standard Schema. Checked before `init`; fields marked `secret` in its JSON Schema are write-only. */
  config?: S;
  /**
   * Settings that name folders, files, databases, servers or commands: they come from the configuration file or the environment, and
   * cannot be changed over HTTP. Names, or paths such as `dkim.keyFile`.
   */
  fileOnly?: readonly string[];
  needs?: N;
  provides?: readonly Token<unknown>[];
  /** Run before `init`, once each, in the order of their names. Tables begin `pwj_<plugin>_`. */
  migrations?: Record<string, Migration>;
  /**
   * Where below the mount point the service `Pages` answers, such as `/api/docs`; the mount point itself by default. One plugin can have the
   * pages of a place, and the longest place wins. An address of the API itself always wins. The paths of routes count from the place; with a
   * list of places, from the mount point.
   */
  pagesAt?: string | readonly string[];
  /** What becomes of waiting jobs when the plugin is switched off: `park` (default) or `cancel`. */
  onJobs?: 'park' | 'cancel';
  init(ctx: PluginContext<StandardSchemaV1.InferOutput<S>, N>): Awaitable<void>;
}

/** Gives the definition its types; does nothing else. */
export function definePlugin<S extends Schema = Schema, const N extends Needs = Record<never, never>>(
  definition: PluginDefinition<S, N>,
): PluginDefinition<S, N> {
  return definition;
}

// biome-ignore lint/suspicious/noExplicitAny: a plugin of any config and needs
type AnyDefinition = PluginDefinition<any, any>;

/** A plain module with `init` (and perhaps `disable`), as in the specification and in the CMS. */
export interface PluginModule {
  name?: string;
  slug?: string;
  version?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a plain module knows nothing of our types
  init(ctx?: PluginContext<any, any>): unknown;
  disable?(): unknown;
}

/** What a host accepts. */
export type AnyPlugin = AnyDefinition | PluginModule;
