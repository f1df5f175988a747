// What the host decides for its plugins.
import { type PluginApp, token } from '@phraseworks/sdk';
import type { Awaitable, Lent } from '@phraseworks/sdk/host';
import type { Clock } from '../kernel/clock.ts';

/** How long the `init` of a plugin may take, and by which clock. */
export interface InitLimit {
  clock: Clock;
  ms: number;
}

export interface PluginOptions {
  /** Base folder for a relative `use`, and the first place to look for packages. */
  baseDir: string;
  /** `stop`: `startAll` throws if a plugin fails. `continue` (default): only that plugin fails. */
  onPluginFailure?: 'continue' | 'stop' | undefined;
  /** 10 s of the instance's clock by default. */
  initLimit?: InitLimit | undefined;
  /** Services of the host. */
  services: readonly Lent[];
  /** An empty Hono app. */
  newApp: () => PluginApp;
  /** Calls the HTTP API from inside the process. */
  request: (path: string, init?: RequestInit) => Awaitable<Response>;
}
export const PluginOptions = token<PluginOptions>('core/plugin-options');
