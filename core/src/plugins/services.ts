// What plugins can need: services of the core, of the host and of each other. They live here, not in a container: a provider can vanish.
import { type Dispose, JobsError, type Lent, type Needs, Pages, type Token } from '@phraseworks/sdk';
import { invalidConfig } from '../kernel/config.ts';

interface Provided {
  plugin: string;
  service: unknown;
}

export class Services {
  readonly #core: ReadonlyMap<symbol, unknown>;
  readonly #host: ReadonlyMap<symbol, unknown>;
  readonly #provided = new Map<symbol, Provided>();
  /** Providers that are about to stop: no plugin may start that needs them. */
  readonly #leaving = new Set<string>();

  /** Throws `INVALID_CONFIG` when the host brings a service of the core. */
  constructor(core: readonly Lent[], host: readonly Lent[] = []) {
    this.#core = new Map(core.map(({ token, service }) => [token.key, service]));
    const own = host.filter(({ token }) => token.key === Pages.key || this.#core.has(token.key));
    if (own.length > 0)
      throw invalidConfig(
        own.map(({ token }) => ({ path: 'services', message: `${token.id} is a service of the core` })),
      );
    this.#host = new Map(host.map(({ token, service }) => [token.key, service]));
  }

  /** Of plugins. */
  get size(): number {
    return this.#provided.size;
  }

  /** What the host brings stays in the place of the plugin's. Throws `INVALID_STATE` when another plugin provides it already. */
  provide(plugin: string, token: Token<unknown>, service: unknown): Dispose {
    if (this.#core.has(token.key) || token.key === Pages.key)
      throw new JobsError('INVALID_STATE', `${token.id} is a service of the core`);
    const first = this.#provided.get(token.key);
    if (first) {
      throw new JobsError(
        'INVALID_STATE',
        `${token.id} is provided by the plugin "${first.plugin}": "${plugin}" cannot provide it, too`,
      );
    }
    const provided = { plugin, service };
    this.#provided.set(token.key, provided);
    return () => {
      if (this.#provided.get(token.key) === provided) this.#provided.delete(token.key);
    };
  }

  /** Undefined while it is not there. `Pages` are each plugin's own, and not here. */
  get({ key }: Token<unknown>): unknown {
    return this.#core.get(key) ?? this.#host.get(key) ?? this.#provided.get(key)?.service;
  }

  /** The plugin whose service the others get. */
  providerOf(token: Token<unknown>): string | undefined {
    return this.#host.has(token.key) ? undefined : this.#provided.get(token.key)?.plugin;
  }

  isProvidedBy(plugin: string, token: Token<unknown>): boolean {
    return this.#provided.get(token.key)?.plugin === plugin;
  }

  setLeaving(plugin: string, leaving: boolean): void {
    if (leaving) this.#leaving.add(plugin);
    else this.#leaving.delete(plugin);
  }

  isMet(token: Token<unknown>): boolean {
    if (token.key === Pages.key || this.#core.has(token.key) || this.#host.has(token.key)) return true;
    const provider = this.providerOf(token);
    return provider !== undefined && !this.#leaving.has(provider);
  }

  /** What `needs` asks for and no plugin provides; optional ones are left out. */
  missing(needs: Needs): Token<unknown>[] {
    return Object.values(needs).filter((token) => !token.optional && !this.isMet(token));
  }
}
