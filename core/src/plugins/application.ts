// The application as an owner: what the CMS registers outside any plugin.
import { ambient } from '@phraseworks/sdk/host';
import { type Built, Needing } from '../kernel/container.ts';
import { messageOf, stackOf } from '../kernel/errors.ts';
import { createApi } from './api.ts';
import { Shared } from './shared.ts';

/** At equal priority, hooks of the application run before those of plugins. */
const FIRST = -1;

export class Application extends Needing<typeof Application.needs> {
  static readonly needs = { shared: Shared };
  readonly #api = createApi(this.needs.shared, {
    owner: null,
    place: FIRST,
    declaring: () => false,
    charge: (error, where) =>
      this.needs.shared.log.error(`the application, ${where}:`, stackOf(error) ?? messageOf(error)),
  });
  /** The functions and the hooks, for the instance and for module-level calls. */
  readonly functions = this.#api.functions;

  constructor(needs: Built<typeof Application.needs>) {
    super(needs);
    // Nothing waits for the application's promises, so report each from the start.
    void this.#api.watch.settle();
  }

  /** Applies registrations made before the first instance existed. Throws like a registration. */
  adoptEarly(): void {
    for (const registration of ambient.early()) registration(this.functions);
  }

  /** Undoes all registrations; returns the errors. */
  close(): Promise<unknown[]> {
    return this.#api.scope.close();
  }
}
