// A plugin that starts or runs: opens its scope, calls init() with its context, and closes everything together.
import {
  type Actor,
  JobsError,
  Pages,
  type Panel,
  type PluginClock,
  type PluginCommand,
  type PluginContext,
  type Token,
} from '@phraseworks/sdk';
import type { DependencyContainer } from 'tsyringe';
import { type Clock, iso, withTimeout, yieldToEventLoop } from '../kernel/clock.ts';
import { createContainer } from '../kernel/container.ts';
import { named } from '../kernel/logger.ts';
import { runningJob } from '../queue/attempt.ts';
import { type Api, createApi } from './api.ts';
import { PluginApps } from './apps.ts';
import type { Definition } from './definition.ts';
import { LOAD_LIMIT, type Loaded, SlowStart } from './load.ts';
import type { Scope } from './scope.ts';
import type { Services } from './services.ts';
import type { Shared } from './shared.ts';

/** Charges an error outside any job to the plugin. */
type Charge = (error: unknown, where: string) => void;

export class Running {
  readonly name: string;
  readonly config: unknown;
  readonly definition: Definition;
  readonly scope: Scope;
  readonly api: Api;
  readonly apps: PluginApps;
  readonly panels = new Map<string, Panel>();
  readonly commands: PluginCommand[] = [];
  readonly onReady: (() => unknown)[] = [];
  readonly charge: Charge;
  readonly #loaded: Loaded;
  readonly #shared: Shared;
  #on = false;

  constructor(
    shared: Shared,
    { name, place }: { name: string; place: number },
    loaded: Loaded,
    config: unknown,
    charge: Charge,
  ) {
    this.name = name;
    this.config = config;
    this.definition = loaded.definition;
    this.charge = charge;
    this.#loaded = loaded;
    this.#shared = shared;
    this.api = createApi(shared, { owner: name, place, declaring: () => !this.#on, charge });
    this.scope = this.api.scope;
    this.apps = new PluginApps(this, shared.options.newApp);
  }

  /** Runs `init`; if it fails or times out, undoes everything. */
  async open(): Promise<void> {
    const { options, clock: own } = this.#shared;
    const { clock, ms } = options.initLimit ?? { clock: own, ms: LOAD_LIMIT };
    const init = this.#init();
    const late = () => new SlowStart(`its init() did not finish within ${ms / 1_000} s`, init);
    try {
      await withTimeout(clock, ms, init, late);
      this.#on = true;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #init(): Promise<void> {
    const { name, definition, scope, api } = this;
    const { services, schedules } = this.#shared;
    const container = createContainer();
    scope.add(() => container.dispose());
    const { disable } = definition;
    if (disable) scope.add(async () => void (this.#on && (await api.enter(disable))));
    const context = createContext(this.#shared, this, container);
    await api.enter(async () => {
      for (const call of this.#loaded.calls) call(api.functions);
      await definition.init(context);
    });
    await this.api.watch.settle();
    const missing = definition.provides.find((token) => !services.isProvidedBy(name, token));
    if (missing)
      throw new JobsError('INVALID_STATE', `its init() did not provide ${missing.id}, which it lists in \`provides\``);
    await schedules.keepOnly(name, scope.labels('schedules'));
  }

  /** Calls the `onReady` listeners, each once. */
  async ready(): Promise<void> {
    const { clock } = this.#shared;
    for (const fn of this.onReady.splice(0)) {
      const late = () => new Error(`it did not finish within ${LOAD_LIMIT / 1_000} s`);
      const call = async () => this.api.enter(fn);
      await withTimeout(clock, LOAD_LIMIT, call(), late).catch((error: unknown) => this.charge(error, 'onReady'));
    }
  }

  /** Undoes everything; returns the errors. */
  close(): Promise<unknown[]> {
    return this.scope.close(this.api.enter);
  }
}

const PANEL_ID = /^[a-z0-9][a-z0-9-]{0,49}$/;

/** Its functions are bound, so that `init({ registerProcessor })` works. */
function createContext(shared: Shared, owner: Running, container: DependencyContainer): PluginContext {
  const { name, config, definition, api, scope, apps, panels } = owner;
  const { services, databases, options } = shared;
  const read = (token: Token<unknown>): unknown =>
    token.key === Pages.key ? apps.get('pages') : readNeed(token, services);
  const needs = {};
  for (const [key, token] of Object.entries(definition.needs)) {
    // At every access: optional services come and go while the plugin runs.
    const get = () => read(token);
    Object.defineProperty(needs, key, { enumerable: true, get });
    container.register(token.key, { useFactory: get });
  }

  return {
    ...api.functions,
    name,
    config,
    needs: needs as PluginContext['needs'],
    log: named(shared.log, name),
    clock: scopedClock(shared.clock, owner),
    db: databases.of(name),
    signal: scope.signal,
    container,
    get routes() {
      return apps.get('routes');
    },
    get publicRoutes() {
      return apps.get('public');
    },
    get guarded() {
      return apps.get('guarded');
    },
    authorize: async (c, action, about) => {
      const { actor } = c.var as { actor?: Actor };
      if (!actor)
        throw new JobsError('INVALID_STATE', 'ctx.authorize() needs the context that a route of the plugin received.');
      if (action) await actor.require(action, about);
      return actor;
    },
    request: async (path, init) => {
      if (!/^(get|head)$/i.test(init?.method ?? 'get')) databases.inside.refuse('ctx.request() was called');
      return options.request(path, init);
    },
    provide: (token, service) => {
      scope.assertOpen('provide');
      if (!definition.provides.some(({ key }) => key === token.key)) {
        throw new JobsError(
          'INVALID_STATE',
          `the plugin "${name}" provides ${token.id}, which is missing from its \`provides\``,
        );
      }
      scope.add(services.provide(name, token, service), 'services', token.id);
    },
    wrap: api.wrap,
    joinAdditions: (joiner) => {
      scope.assertOpen('joinAdditions');
      const charge = (error: unknown) => owner.charge(error, 'joining an addition');
      return scope.add(shared.queue.join({ joiner, enter: api.enter, charge }));
    },
    runningJob: () => runningJob.getStore()?.id ?? null,
    panel: (panel) => {
      scope.assertOpen('panel');
      if (!PANEL_ID.test(panel.id) || typeof panel.title !== 'string' || typeof panel.data !== 'function') {
        throw new JobsError(
          'INVALID_DATA',
          'A panel needs an id (lower-case letters, digits and dashes), a title and a function `data`.',
        );
      }
      if (panels.has(panel.id))
        throw new JobsError('INVALID_STATE', `the plugin "${name}" has two panels "${panel.id}"`);
      panels.set(panel.id, panel);
      scope.add(() => void panels.delete(panel.id), 'panels', panel.id);
    },
    defineLimit: (limit, rule) => {
      scope.assertOpen('defineLimit');
      scope.add(shared.registry.defineLimit(limit, rule, name));
    },
    command: (command) => {
      scope.assertOpen('command');
      owner.commands.push(command);
      scope.add(() => {}, 'commands', command.name);
    },
    onReady: (fn) => void owner.onReady.push(fn),
    onDisable: (fn) => {
      scope.assertOpen('onDisable');
      scope.add(() => api.enter(fn));
    },
  };
}

function readNeed(token: Token<unknown>, services: Services): unknown {
  const service = services.get(token);
  if (service !== undefined || token.optional) return service;
  throw new JobsError('UNAVAILABLE', `${token.id} is unavailable: no running plugin provides it`);
}

/** Timers end with the scope; their errors are charged to the plugin. */
function scopedClock(clock: Clock, { scope, api, charge }: Running): PluginClock {
  return {
    now: () => clock.now(),
    iso: (ms = clock.now()) => iso(ms),
    rest: () => yieldToEventLoop(clock),
    after: (ms, fn) => {
      // While it is being switched off, so that what it does last can be limited.
      const refusal = scope.refusal('clock.after');
      if (refusal) throw refusal;
      let forget = (): unknown => undefined;
      const cancel = clock.after(ms, () => {
        forget();
        const run = async () => api.begin(fn);
        run().catch((error: unknown) => charge(error, 'a timer'));
      });
      forget = scope.add(cancel, 'timers');
      return () => void forget();
    },
  };
}
