// The application as an owner: what the CMS registers outside any plugin.
import { type Ambient, ambient } from '@phraseworks/sdk/host';
import type { Built } from '../kernel/container.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { createApi } from './api.ts';
import { Scope } from './scope.ts';
import { Shared } from './shared.ts';
import { Watch } from './watch.ts';

/** At equal priority, hooks of the application run before those of plugins. */
const FIRST = -1;

export class Application {
  static readonly needs = { shared: Shared };
  /** The functions and the hooks, for the instance and for module-level calls. */
  readonly functions: Ambient;
  readonly #scope: Scope;

  constructor({ shared }: Built<typeof Application.needs>) {
    const { clock, log } = shared;
    const scope = new Scope('the job system', clock);
    const charge = (error: unknown, where: string) =>
      log.error(`the application, ${where}:`, stackOf(error) ?? messageOf(error));
    const watch = new Watch((error) => charge(error, 'an unawaited promise'), clock);
    // Nothing waits for the application's promises, so report each from the start.
    void watch.settle();
    const { functions } = createApi(shared, {
      owner: null,
      place: FIRST,
      scope,
      track: (promise) => watch.track(promise),
      declaring: () => false,
      charge,
    });
    this.functions = functions;
    this.#scope = scope;
  }

  /** Applies registrations made before the first instance existed. Throws like a registration. */
  adoptEarly(): void {
    for (const registration of ambient.early()) registration(this.functions);
  }

  /** Undoes all registrations; returns the errors. */
  close(): Promise<unknown[]> {
    return this.#scope.close();
  }
}
