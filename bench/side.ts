// What a queue must offer to be measured: the same few verbs for us and for each peer.

export interface Side {
  name: string;
  /** Opens a new database at this path, set to wait for the disk, and answers the level as read back (2 is FULL). */
  open(path: string): Promise<number>;
  add(n: number): Promise<unknown>;
  /** Undefined where there is no way to add many. */
  addMany?: (ns: readonly number[]) => Promise<unknown>;
  /** Starts `concurrency` processors at once, each as eager as its settings allow. */
  work(process: () => void, concurrency: number): Promise<void>;
  stop(): Promise<void>;
}

/** What every side stores: some 70 bytes. */
export const payload = (n: number) => ({ n, to: 'ada@example.test', template: 'welcome', at: '2026-01-01T00:00:00Z' });
