// What plugins can need: services of the core, of the host and of each other. They live here, not in a container: a provider can vanish.
import { type Dispose, type FieldError, JobsError, type Lent, type Needs, Pages, type Token } from '@phraseworks/sdk';
import { invalidConfig } from '../kernel/config.ts';

/** The tokens of the core's own services: nobody else can bring one, also where the core does not lend it. */
const isOfCore = ({ id }: Token<unknown>): boolean => id.startsWith('core/');

/** The `services` of the configuration. Throws one `INVALID_CONFIG` that lists every mistake with its place. */
export function readServices(input: unknown): readonly Lent[] {
  if (!Array.isArray(input))
    throw invalidConfig([{ path: 'services', message: 'must be a list of lend(Token, service)' }]);
  const seen = new Set<symbol>();
  const errors = input.flatMap((lent: Lent | null | undefined, index): FieldError[] => {
    const complaint = complaintAbout(lent, seen);
    return complaint === undefined ? [] : [{ path: `services[${index}]`, message: complaint }];
  });
  if (errors.length > 0) throw invalidConfig(errors);
  return input;
}

function complaintAbout(lent: Lent | null | undefined, seen: Set<symbol>): string | undefined {
  const { id, key } = lent?.token ?? {};
  if (!lent || typeof id !== 'string' || typeof key !== 'symbol') return 'must be the answer of lend(Token, service)';
  if (isOfCore(lent.token)) return `${id} is a service of the core: only the core can bring it`;
  if (lent.service === undefined) return `${id} is undefined`;
  if (seen.has(key)) return `${id} is there twice`;
  seen.add(key);
  return undefined;
}

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

  constructor(core: readonly Lent[], host: readonly Lent[]) {
    this.#core = new Map(core.map(({ token, service }) => [token.key, service]));
    this.#host = new Map(host.map(({ token, service }) => [token.key, service]));
  }

  /** Of plugins. */
  get size(): number {
    return this.#provided.size;
  }

  /** Where the host brings the same, others get the host's. Throws `INVALID_STATE` when another plugin provides it already. */
  provide(plugin: string, token: Token<unknown>, service: unknown): Dispose {
    if (isOfCore(token))
      throw new JobsError('INVALID_STATE', `${token.id} is a service of the core: only the core can bring it`);
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

  /** Do others get the host's, whoever provides it? */
  isOfHost({ key }: Token<unknown>): boolean {
    return this.#host.has(key);
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
