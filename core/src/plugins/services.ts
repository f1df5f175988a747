// Services that plugins can need: from the core, the host and other plugins. Not in a container, since a providing plugin may stop.
import { type Dispose, type FieldError, JobsError, type Needs, Pages, type Token } from '@phraseworks/sdk';
import type { Lent } from '@phraseworks/sdk/host';
import { invalidConfig } from '../kernel/config.ts';
import { Needing } from '../kernel/container.ts';
import { PluginOptions } from './options.ts';

/** Tokens of the core: only the core may provide them. */
const isOfCore = ({ id }: Token<unknown>): boolean => id.startsWith('core/');

/** Reads `services` of the configuration. Throws one `INVALID_CONFIG` that lists all errors. */
export function readServices(input: unknown): readonly Lent[] {
  if (!Array.isArray(input))
    throw invalidConfig([{ path: 'services', message: 'must be an array of lend(Token, service)' }]);
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
  if (!lent || typeof id !== 'string' || typeof key !== 'symbol') return 'must be made with lend(Token, service)';
  if (isOfCore(lent.token)) return `${id} is a service of the core: only the core can provide it`;
  if (lent.service === undefined) return `${id} is undefined`;
  if (seen.has(key)) return `${id} is a duplicate`;
  seen.add(key);
  return undefined;
}

export class Services extends Needing<typeof Services.needs> {
  static readonly needs = { options: PluginOptions };
  /** Of the host and of the core. */
  readonly #lent = new Map(this.needs.options.services.map(({ token, service }) => [token.key, service]));
  readonly #provided = new Map<symbol, { plugin: string; service: unknown }>();
  /** Providers that are stopping: plugins that need them may not start. */
  readonly #leaving = new Set<string>();

  /** Services of the core. */
  lend(...all: readonly Lent[]): void {
    for (const { token, service } of all) this.#lent.set(token.key, service);
  }

  /** Number of services that plugins provide. */
  get size(): number {
    return this.#provided.size;
  }

  /** A service of the host wins over it. Throws `INVALID_STATE` if another plugin already provides it. */
  provide(plugin: string, token: Token<unknown>, service: unknown): Dispose {
    if (isOfCore(token))
      throw new JobsError('INVALID_STATE', `${token.id} is a service of the core: a plugin cannot provide it`);
    const first = this.#provided.get(token.key);
    if (first) {
      throw new JobsError(
        'INVALID_STATE',
        `the plugins "${first.plugin}" and "${plugin}" both provide ${token.id}: disable one of them`,
      );
    }
    this.#provided.set(token.key, { plugin, service });
    return () => void this.#provided.delete(token.key);
  }

  /** Undefined while nothing provides it. Does not include `Pages`, which each plugin has itself. */
  get({ key }: Token<unknown>): unknown {
    return this.#lent.get(key) ?? this.#provided.get(key)?.service;
  }

  /** Does the host provide it, or the core? */
  isLent({ key }: Token<unknown>): boolean {
    return this.#lent.has(key);
  }

  /** The plugin whose service others receive. */
  providerOf(token: Token<unknown>): string | undefined {
    return this.isLent(token) ? undefined : this.#provided.get(token.key)?.plugin;
  }

  isProvidedBy(plugin: string, { key }: Token<unknown>): boolean {
    return this.#provided.get(key)?.plugin === plugin;
  }

  setLeaving(plugin: string, leaving: boolean): void {
    if (leaving) this.#leaving.add(plugin);
    else this.#leaving.delete(plugin);
  }

  isMet(token: Token<unknown>): boolean {
    if (token.key === Pages.key || this.isLent(token)) return true;
    const provider = this.providerOf(token);
    return provider !== undefined && !this.#leaving.has(provider);
  }

  /** Required tokens in `needs` that nothing provides. */
  missing(needs: Needs): Token<unknown>[] {
    return Object.values(needs).filter((token) => !token.optional && !this.isMet(token));
  }
}
