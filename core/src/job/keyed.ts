// What makes jobs of one key depend on each other.

/** What a type says of jobs with the same key. Times in milliseconds. */
export interface UniqueRule {
  while: 'waiting' | 'active' | 'period';
  onConflict: 'keep' | 'replace' | 'reject';
  period: number | null;
  quiet: number | null;
  maxWait: number | null;
}

/** The key of a job that is added. Without a rule, its jobs only run one after the other. */
export interface Keyed {
  key: string;
  rule: UniqueRule | null;
  /** Who adds it: a user, a schedule or a plugin. */
  by: string | null;
}
