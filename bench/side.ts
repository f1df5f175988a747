// What a queue must offer to be measured: the same few verbs for us and for each peer.

export interface Side {
  name: string;
  /**
   * Opens an empty database, set to wait for the disk: a path (SQLite) or a URL (`mysql:`, `redis:`). More processes may open the same.
   * Answers the durability as read back, `full` when each commit waits for the disk.
   */
  open(target: string): Promise<string>;
  add(n: number): Promise<unknown>;
  /** Undefined where there is no way to add many. */
  addMany?: (ns: readonly number[]) => Promise<unknown>;
  /** Starts `concurrency` processors at once, each as eager as its settings allow; a side whose best is another number takes that for more than one. */
  work(process: () => void, concurrency: number): Promise<void>;
  stop(): Promise<void>;
}

/** What every side stores: some 70 bytes. */
export const payload = (n: number) => ({ n, to: 'ada@example.test', template: 'welcome', at: '2026-01-01T00:00:00Z' });

/** What SQLite answers to `pragma synchronous`, in a word. */
export const levelName = (level: unknown): string => (Number(level) === 2 ? 'full' : `synchronous=${level}`);
