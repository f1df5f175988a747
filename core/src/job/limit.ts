// A limit of types over all processes: how many of their jobs run at once, and how many start in a time.

/** Times in milliseconds. */
export interface LimitNumbers {
  concurrency: number | null;
  rate: { n: number; per: number } | null;
}

export interface Limit extends LimitNumbers {
  /** Of a type alone: the name of the type. */
  name: string;
  /** The path of the value in the data for which the numbers count; null: they count for all jobs together. */
  by: string | null;
}

/** A limit, or one value of it. */
export interface LimitKey {
  name: string;
  value: string;
}
