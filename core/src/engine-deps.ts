// What an engine is made from.
import type { StorageState } from '@phraseworks/sdk';
import type { Clock, Random } from './clock.ts';
import type { Settings } from './config.ts';
import type { Dialect } from './db/dialect/dialect.ts';
import type { News } from './db/feed.ts';
import type { Ids } from './id.ts';
import type { BeforeAdd } from './jobs/queue.ts';
import type { Tracing } from './jobs/tracing.ts';
import type { Logger } from './logger.ts';

export interface EngineDeps {
  dialect: Dialect;
  settings: Settings;
  clock: Clock;
  random: Random;
  ids: Ids;
  log: Logger;
  hooks: BeforeAdd;
  refuseUnknownTypes?: boolean;
  tracing?: Tracing | undefined;
  onRemoved: (ids: readonly string[]) => Promise<void>;
  alsoPrune: (now: number) => Promise<void>;
  /** The state of each plugin, for the row of this process. */
  plugins?: () => Record<string, string>;
  /** This process can no longer store jobs, or can again, after `lasted` milliseconds. */
  onStorage?: (state: StorageState, lasted: number) => void;
  /** Another process has committed this. */
  onChange?: (news: News) => Promise<void>;
}
