// A starting or running plugin: opens its scope, runs init(), and closes everything together.
import { JobsError, type Panel } from '@phraseworks/sdk';
import { withTimeout } from '../kernel/clock.ts';
import { createContainer } from '../kernel/container.ts';
import { type Api, createApi } from './api.ts';
import { PluginApps } from './apps.ts';
import { createContext } from './context.ts';
import { LOAD_LIMIT, type Loaded, SlowStart } from './load.ts';
import { Scope } from './scope.ts';
import type { Shared } from './shared.ts';
import { Watch } from './watch.ts';

interface RunningParts {
  name: string;
  place: number;
  loaded: Loaded;
  config: unknown;
  charge(error: unknown, where: string): void;
}

export class Running {
  readonly scope: Scope;
  readonly apps: PluginApps;
  readonly panels = new Map<string, Panel>();
  readonly api: Api;
  /** Charges an error outside any job to the plugin. */
  readonly charge: (error: unknown, where: string) => void;
  readonly #ready: (() => unknown)[] = [];
  readonly #watch: Watch;
  readonly #shared: Shared;
  readonly #parts: RunningParts;
  #on = false;

  constructor(shared: Shared, parts: RunningParts) {
    const { name, place, loaded, charge } = parts;
    this.#shared = shared;
    this.#parts = parts;
    this.charge = charge;
    this.scope = new Scope(`the plugin "${name}"`, shared.clock);
    this.#watch = new Watch((error) => charge(error, 'an unawaited promise'), shared.clock);
    this.api = createApi(shared, {
      owner: name,
      place,
      scope: this.scope,
      track: (promise) => this.#watch.track(promise),
      declaring: () => !this.#on,
      charge,
    });
    this.apps = new PluginApps({
      plugin: name,
      pagesAt: loaded.definition.pagesAt,
      guardedAt: loaded.definition.guardedAt,
      formsAt: loaded.definition.formsAt,
      scope: this.scope,
      newApp: shared.options.newApp,
      enter: this.api.enter,
      charge,
    });
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
    const { name, config, loaded, charge } = this.#parts;
    const { definition, calls } = loaded;
    const { scope, apps, panels, api } = this;
    const container = createContainer();
    scope.add(() => container.dispose());
    const { disable } = definition;
    if (disable) scope.add(async () => void (this.#on && (await api.enter(disable))));
    const context = createContext(this.#shared, {
      name,
      config,
      definition,
      api,
      scope,
      apps,
      container,
      panels,
      ready: this.#ready,
      charge,
    });
    await api.enter(async () => {
      for (const call of calls) call(api.functions);
      await definition.init(context);
    });
    await this.#watch.settle();
    const missing = definition.provides.find((token) => !this.#shared.services.isProvidedBy(name, token));
    if (missing)
      throw new JobsError('INVALID_STATE', `its init() did not provide ${missing.id}, which it lists in \`provides\``);
    await this.#shared.schedules.keepOnly(name, scope.labels('schedules'));
  }

  /** Calls the `onReady` listeners, each once. */
  async ready(): Promise<void> {
    const { clock } = this.#shared;
    const { charge } = this.#parts;
    for (const fn of this.#ready.splice(0)) {
      const late = () => new Error(`it did not finish within ${LOAD_LIMIT / 1_000} s`);
      const call = async () => this.api.enter(fn);
      await withTimeout(clock, LOAD_LIMIT, call(), late).catch((error: unknown) => charge(error, 'onReady'));
    }
  }

  /** Undoes everything; returns the errors. */
  close(): Promise<unknown[]> {
    return this.scope.close(this.api.enter);
  }
}
