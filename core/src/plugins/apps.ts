// The Hono apps of one running plugin. Hono accepts no routes after the first request, so each start creates new apps.
import { type Actor, JobsError, type PluginApp, type PluginVariables } from '@phraseworks/sdk';
import { isOurs } from '../kernel/errors.ts';
import type { Api } from './api.ts';
import type { Definition } from './definition.ts';
import type { Scope } from './scope.ts';

export type AppKind = 'routes' | 'public' | 'guarded' | 'pages';

/** The pages, or the guarded routes, of a plugin at one place. */
export interface Place {
  /** Their path: `/api/docs`, or empty for the mount path. */
  at: string;
  /** The paths of its routes are relative to this. */
  base: string;
  /** A path that takes forms of any size. */
  formsAt: string | undefined;
}

/** Set in `c.var`, in addition to the plugin's name. */
export interface CallVariables extends Omit<PluginVariables, 'plugin' | 'limited'> {
  /** Who sent it, for `ctx.authorize()`. */
  actor: Actor;
  /** The user may view only some jobs. */
  limited?: boolean;
}

const noSuchRoute = () => new JobsError('NOT_FOUND', 'Not found: the plugin has no route at this address.');

/** A plugin while it starts or runs. */
interface Owner {
  readonly name: string;
  readonly definition: Definition;
  readonly api: Api;
  readonly scope: Scope;
  charge(error: unknown, where: string): void;
}

export class PluginApps {
  readonly #owner: Owner;
  readonly #newApp: () => PluginApp;
  readonly #apps = new Map<AppKind, PluginApp>();

  constructor(owner: Owner, newApp: () => PluginApp) {
    this.#owner = owner;
    this.#newApp = newApp;
  }

  /** Created on first use. */
  get(kind: AppKind): PluginApp {
    const known = this.#apps.get(kind);
    if (known) return known;
    const { name: plugin, scope } = this.#owner;
    scope.assertOpen(kind === 'public' ? 'publicRoutes' : kind);
    const app = this.#newApp();
    app.use(async (c, next) => {
      c.set('plugin', plugin);
      c.set('limited', false);
      for (const [name, value] of Object.entries(c.env ?? {})) c.set(name as 'user', value as string);
      await next();
    });
    app.notFound(() => {
      throw noSuchRoute();
    });
    app.onError((error) => {
      throw error;
    });
    this.#apps.set(kind, app);
    scope.add(() => void this.#apps.delete(kind), 'apps', kind);
    return app;
  }

  /** Where its pages or guarded routes are, and the base that the paths of these leave out; empty if the plugin has none. */
  places(kind: 'pages' | 'guarded'): Place[] {
    const at = this.#at(kind);
    const { formsAt } = this.#owner.definition;
    if (this.#routes(kind).length === 0) return [];
    return typeof at === 'string' ? [{ at, base: at, formsAt }] : at.map((one) => ({ at: one, base: '', formsAt }));
  }

  #at(kind: 'pages' | 'guarded'): Definition['pagesAt'] {
    const { name, definition } = this.#owner;
    return kind === 'pages' ? definition.pagesAt : (definition.guardedAt ?? `/plugins/${name}/guarded`);
  }

  /** `GET /plugins/email/mailbox`. */
  list(kind: AppKind): string[] {
    const { name } = this.#owner;
    const own = { routes: `/plugins/${name}`, public: `/plugins/${name}/public` };
    const at = kind === 'pages' || kind === 'guarded' ? this.#at(kind) : own[kind];
    const base = typeof at === 'string' ? at : '';
    return [
      ...new Set(this.#routes(kind).map(({ method, path }) => `${method} ${(path === '/' && base) || base + path}`)),
    ];
  }

  #routes(kind: AppKind): PluginApp['routes'] {
    // The first one is that of the variables.
    return this.#apps.get(kind)?.routes.slice(1) ?? [];
  }

  /** The path of `request` is relative to the app. Throws `JobsError` for every failure, unless the client is gone. */
  async fetch(kind: AppKind, request: Request, variables: CallVariables): Promise<Response> {
    const app = this.#apps.get(kind);
    if (!app) throw noSuchRoute();
    const { api, charge } = this.#owner;
    try {
      return await api.enter(() => app.fetch(request, variables));
    } catch (error) {
      if (error instanceof JobsError) throw error;
      // Of another copy of the SDK.
      if (isOurs(error)) throw new JobsError(error.code, error.message, { errors: error.errors });
      // Its body ended early, which is not the fault of the plugin.
      if (request.signal.aborted) throw error;
      charge(error, kind);
      throw new JobsError('INTERNAL', 'A route of the plugin failed; see the server log.');
    }
  }
}
