// Which jobs a list, a search or a bulk action is about, and which ones `authorize` lets somebody see.
import type { JobState } from '@phraseworks/sdk';

export interface JobFilter {
  status?: JobState | JobState[];
  type?: string;
  plugin?: string;
  /** The schedule that added it: `plugin/name`. */
  schedule?: string;
  /** All words must match: `type:email`, `plugin:image`, `error:timeout`, `data.to:ada`, `id:3f2a`, and text. Searches 10,000 jobs. */
  q?: string;
  /** Added at or after; milliseconds since 1970. */
  from?: number;
  /** Added before. */
  to?: number;
  /** 50 by default, 200 at most. */
  limit?: number;
  cursor?: string;
  /** Omit data and results over 512 bytes; `dataBytes` and `resultBytes` give their size. */
  brief?: boolean;
}
/**
 * Jobs of these types, of these plugins, added by these schedules (`plugin/name`), with these values in their data
 * (`{ owner: 'ada', 'site.id': 7 }`). All given conditions must match.
 */
export interface Where {
  types?: readonly string[];
  plugins?: readonly string[];
  schedules?: readonly string[];
  data?: Readonly<Record<string, string | number | boolean>>;
}
