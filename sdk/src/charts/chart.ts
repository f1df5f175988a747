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

/** The height of the chart at each position: of its bar with all parts, or of its highest line. */
export const heightsOf = ({ kind, labels, series }: ChartData): number[] =>
  labels.map((_, index) => {
    const values = series.map((one) => Math.max(0, one.values[index] ?? 0));
    return kind === 'line' ? Math.max(0, ...values) : values.reduce((sum, value) => sum + value, 0);
  });
