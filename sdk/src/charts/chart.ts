// The data of a chart, independent of its drawing.

/** `main` and `other` are neutral, `bad` marks failures, `quiet` is least important. */
export type Tone = 'main' | 'other' | 'bad' | 'quiet';

export interface Series {
  name: string;
  tone: Tone;
  /** Null: no value at this position. */
  values: (number | null)[];
}

export interface ChartData {
  kind: 'bars' | 'stacked' | 'line';
  /** One per position; not drawn. */
  labels: readonly string[];
  series: readonly Series[];
}
