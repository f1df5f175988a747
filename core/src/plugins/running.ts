// A starting or running plugin: opens its scope, runs init(), and closes everything together.
import { JobsError, type Panel, type PluginCommand } from '@phraseworks/sdk';
import { withTimeout } from '../kernel/clock.ts';
import { createContainer } from '../kernel/container.ts';
import { type Api, createApi } from './api.ts';
import { PluginApps } from './apps.ts';
import { createContext } from './context.ts';
import type { Definition } from './definition.ts';
import { LOAD_LIMIT, type Loaded, SlowStart } from './load.ts';
import type { Scope } from './scope.ts';
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
