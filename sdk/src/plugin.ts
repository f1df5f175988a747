// The plugin definition, and the context that its init() receives.
import type { Context, Hono } from 'hono';
import type { DependencyContainer } from 'tsyringe';
import type { About, Action, Actor } from './access.ts';
import type { PluginCommand } from './command.ts';
import type { Block } from './contract/blocks.ts';
import type { Dispose, HookOptions, HooksApi, Wrapped, Wrapper } from './hooks.ts';
import type { JobsApi } from './jobs-api.ts';
import type { AdditionJoiner } from './joining.ts';
import type { LimitRule } from './limit.ts';
import type { Awaitable, Logger } from './processor.ts';
import type { Schema, StandardSchemaV1 } from './schema.ts';
import type { AnyTable, Migration, PluginDatabase } from './table.ts';
import { type Needs, type Resolved, type Token, token } from './token.ts';

/** The version of this package, with which `sdk` of a definition is compared. */
export const SDK_VERSION = '0.1.0';

/** A page of the plugin in the administration. */
export interface Panel {
  /** Part of its address: lower-case letters, digits and dashes. */
  id: string;
  /** Its heading, and its name in the menu. */
  title: string;
  /** The right that a user needs to open it; `view` by default. */
  access?: 'view' | 'operate' | 'administer';
  /** Makes its blocks, within 5 s. `page`: of a table with pages, from 1. */
  data: (at: { page: number }) => Awaitable<Block[]>;
}

/** Time as a service, so that a plugin's tests need no sleep. */
export interface PluginClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `fn` once after `ms`; the returned function cancels it. Also cancelled with the plugin. */
  after(ms: number, fn: () => void): () => void;
  /** `2026-11-25T14:06:06.545Z`, of now if `ms` is left out. */
  iso(ms?: number): string;
  /** Lets the rest of the site go on. Await it every 10 ms or so in work that would block the process. */
  rest(): Promise<void>;
}

/** Variables that a plugin's routes read from `c.var`. */
export interface PluginVariables {
  /** The name of the plugin. */
  plugin: string;
  /** The user that the host's `authorize` named. */
  user: string | undefined;
  /** The mount path for links, without a trailing slash: `/jobs`, or empty at the root. */
  base: string;
  /** On a page: the user may view only some jobs, so do not show figures of all jobs. */
  limited: boolean;
}
/** Routes of a plugin: a Hono app that is reached only while the plugin is on. */
export type PluginApp = Hono<{ Variables: PluginVariables }>;
/** What a route of a plugin receives. */
export type RouteContext = Context<{ Variables: PluginVariables }>;

/**
 * Where the jobs' own database is, for tools with their own connection. `file` is an absolute path. `url` is the host's
 * configured URL with password and options: never log it, show it or put it on a command line.
 */
export type DatabasePlace = { engine: 'sqlite'; file: string } | { engine: 'mysql'; url: string };
/** Missing in memory: need it as `optional(DatabasePlace)`. */
export const DatabasePlace = token<DatabasePlace>('core/database-place');

/** This plugin's own pages, at the mount path or at `pagesAt`, for users who may view. */
export type Pages = PluginApp;
export const Pages = token<Pages>('core/pages');

/** A page of a plugin that panels cannot show. */
export interface FramedPage {
  title: string;
  /** HTML; escape in it what is not yours. */
  body: string;
  /** The panel of the plugin that it belongs to. */
  panel?: string;
  /** Addresses below the mount path of further stylesheets and scripts. */
  styles?: readonly string[];
  scripts?: readonly string[];
}

/** The dashboard's navigation, type and colours around a page that a plugin answers itself: need it as `optional(PageFrame)`. */
export interface PageFrame {
  answer(c: RouteContext, page: FramedPage): Promise<Response>;
}
export const PageFrame = token<PageFrame>('dashboard/page-frame');

/** What `init(ctx)` gets. Everything in it ends with the plugin. It can be destructured: `init({ log, registerProcessor })`. */
export interface PluginContext<C = unknown, N extends Needs = Needs, T extends readonly AnyTable[] = readonly []>
  extends JobsApi,
    HooksApi {
  /** The plugin's name. */
  readonly name: string;
  /** Its config: checked, with defaults. */
  readonly config: C;
  /** The services that it needs. Read `ctx.needs.x` at each use, since optional ones come and go. */
  readonly needs: Resolved<N>;
  /** The host's log, with the plugin's name in front. */
  readonly log: Logger;
  /** Use it instead of `Date` and timers: its timers stop with the plugin, and tests need not wait. */
  readonly clock: PluginClock;
  /** Kysely, for the plugin's own tables: it knows `tables`. */
  readonly db: PluginDatabase<T>;
  /** Fires when the plugin is disabled. */
  readonly signal: AbortSignal;
  /** `/plugins/<name>/*`, for administrators only. */
  readonly routes: PluginApp;
  /** `/plugins/<name>/public/*`, for everyone. */
  readonly publicRoutes: PluginApp;
  /**
   * `/plugins/<name>/guarded/*`, or at `guardedAt`, for callers with the rights that each route asks for with `authorize()`. An answer that
   * was given without asking is withheld (500).
   */
  readonly guarded: PluginApp;
  /**
   * The caller of the request that a route or page is answering. With `action`, throws `UNAUTHORIZED` or `FORBIDDEN` if the caller may not do
   * it; without `about`, with everything.
   */
  authorize(c: Pick<RouteContext, 'var'>, action?: Action, about?: About): Promise<Actor>;
  /** This plugin's tsyringe container, disposed with it: `needs`, by the keys of their tokens. */
  readonly container: DependencyContainer;
  /** The HTTP API from inside, with the rights of the request whose headers you pass. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** Offers a service under a token of `provides`. */
  provide<T>(token: Token<T>, service: T): void;
  /** Runs `wrapper` around each addition or attempt, for traces and contexts; the smallest `priority` is outermost. */
  wrap<K extends keyof Wrapped>(name: K, wrapper: Wrapper<K>, options?: Omit<HookOptions, 'once'>): Dispose;
  /** Stores rows of the plugin with jobs, in their transaction. */
  joinAdditions(joiner: AdditionJoiner): Dispose;
  /** The id of the job whose attempt calls this, of any plugin; null outside of attempts. */
  runningJob(): string | null;
  /** Adds a page of blocks to the administration. */
  panel(panel: Panel): void;
  /**
   * Defines a limit that types name in `limit`: call it before they are registered. The configuration and administrators may change its
   * numbers. Throws `INVALID_DATA` for a mistake, `INVALID_STATE` if another owner has defined it.
   */
  defineLimit(name: string, rule: LimitRule): void;
  /** Adds a command to `phraseworks-jobs`, which leaves it out, and says so, if another plugin or the command line itself has one with this name. */
  command(command: PluginCommand): void;
  /** Runs when all enabled plugins have started. */
  onReady(fn: () => Awaitable<void>): void;
  /** Runs when the plugin is disabled: last in, first out, awaited, at most 10 s each. */
  onDisable(fn: Dispose): void;
}

/** A plugin, as `definePlugin()` takes it. */
export interface PluginDefinition<
  S extends Schema = Schema,
  N extends Needs = Needs,
  T extends readonly AnyTable[] = readonly AnyTable[],
> {
  /** Lower-case letters, digits and dashes: the key in the site's configuration. */
  name: string;
  /** By default that of its package. */
  version?: string;
  /** The name that people see. */
  title?: string;
  /** One line for the list of plugins. */
  description?: string;
  /** Who wrote it, for the list of plugins. */
  author?: string;
  /** Semver range of `SDK_VERSION`; checked when the plugin is loaded. */
  sdk?: string;
  /** Any Standard Schema. Checked before `init`; fields marked `secret` in its JSON Schema are write-only. */
  config?: S;
  /**
   * Settings that name folders, files, databases, servers or commands: they come from the configuration file or the environment, and
   * cannot be changed over HTTP. Names, or paths such as `dkim.keyFile`.
   */
  fileOnly?: readonly string[];
  /** Services of other plugins, each under a name of your choice: `{ search: Search }`. Plugins that provide them start first. */
  needs?: N;
  /** Tokens of the services that `init` hands to `ctx.provide()`. */
  provides?: readonly Token<unknown>[];
  /** Made with `defineTable()`. Created before `init`, and before `migrations`. */
  tables?: T;
  /** Later changes of tables. Run before `init`, once each, sorted by name. */
  migrations?: Record<string, Migration>;
  /**
   * Path of the service `Pages` below the mount path, such as `/api/docs`; the mount path itself by default. Only one plugin can have the
   * pages at a path; the longest path wins, but never over the API. Routes are relative to this path; with a list of
   * paths, to the mount path.
   */
  pagesAt?: string | readonly string[];
  /** The same for `ctx.guarded`; `/plugins/<name>/guarded` by default. */
  guardedAt?: string | readonly string[];
  /**
   * A guarded route, below the mount path, that takes `multipart/form-data` as it arrives: it asks for a right before it reads, and limits
   * the size itself.
   */
  formsAt?: string;
  /** It can be switched off in the configuration only, never at run time. */
  alwaysOn?: boolean;
  /** Registers everything, within 10 s. */
  init(ctx: PluginContext<StandardSchemaV1.InferOutput<S>, N, T>): Awaitable<void>;
}

/**
 * Open map of plugins and the schemas of their configs. A plugin extends it so that `createJobs()` knows its key and the keys of its config
 * even if the configuration only names the plugin:
 *
 *     declare module '@phraseworks/sdk' {
 *       interface PluginConfigs { shelf: typeof ShelfConfig }
 *     }
 */
// biome-ignore lint/suspicious/noEmptyInterface: an open map that plugins fill by declaration merging
export interface PluginConfigs {}

/** The plugins of PhraseWorks Jobs itself: their packages are `@phraseworks/plugin-<name>`, those of others `phraseworks-plugin-<name>`. */
export const OWN_PLUGINS: readonly string[] =
  'alerts api api-docs backup cleanup dashboard email files image metrics phraseworks report sign-in'.split(' ');

/** Only gives the definition its types. */
export function definePlugin<
  S extends Schema = Schema,
  const N extends Needs = Record<never, never>,
  const T extends readonly AnyTable[] = readonly [],
>(definition: PluginDefinition<S, N, T>): PluginDefinition<S, N, T> {
  return definition;
}

// biome-ignore lint/suspicious/noExplicitAny: a plugin of any config and needs
type AnyDefinition = PluginDefinition<any, any, any>;

/** A plain module with `init` and optionally `disable`, as in PhraseWorks. */
export interface PluginModule {
  name?: string;
  slug?: string;
  version?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a plain module knows nothing of our types
  init(ctx?: PluginContext<any, any, any>): unknown;
  disable?(): unknown;
}

/** Everything that a host accepts as a plugin. */
export type AnyPlugin = AnyDefinition | PluginModule;
