// The services that plugins lend each other, beside those of the core. They live here, not in a container: a provider can vanish.
import { type Dispose, JobsError, type Needs, type Token } from '@phraseworks/sdk';

interface Provided {
  plugin: string;
  service: unknown;
}

export class Services {
  readonly #core: ReadonlyMap<symbol, unknown>;
  readonly #provided = new Map<symbol, Provided>();
  /** Providers that are about to stop: no plugin may start that needs them. */
  readonly #leaving = new Set<string>();

  constructor(core: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#core = core;
  }

  /** Of plugins. */
  get size(): number {
    return this.#provided.size;
  }

  /** Throws `INVALID_STATE` when another plugin provides it already. */
  provide(plugin: string, token: Token<unknown>, service: unknown): Dispose {
    if (this.#core.has(token.key)) throw new JobsError('INVALID_STATE', `${token.id} is a service of the core`);
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

  /** Undefined while no plugin provides it. */
  get(token: Token<unknown>): unknown {
    return this.#core.get(token.key) ?? this.#provided.get(token.key)?.service;
  }

  providerOf(token: Token<unknown>): string | undefined {
    return this.#provided.get(token.key)?.plugin;
  }

  setLeaving(plugin: string, leaving: boolean): void {
    if (leaving) this.#leaving.add(plugin);
    else this.#leaving.delete(plugin);
  }

  isMet(token: Token<unknown>): boolean {
    if (this.#core.has(token.key)) return true;
    const provider = this.providerOf(token);
    return provider !== undefined && !this.#leaving.has(provider);
  }

  /** What `needs` asks for and no plugin provides; optional ones are left out. */
  missing(needs: Needs): Token<unknown>[] {
    return Object.values(needs).filter((token) => !token.optional && !this.isMet(token));
  }
}
