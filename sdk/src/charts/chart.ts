// What a chart shows, without a word of how it is drawn.

/** `main` and `other` are neutral, `bad` is for what failed, `quiet` for what matters least. */
export type Tone = 'main' | 'other' | 'bad' | 'quiet';

export interface Series {
  name: string;
  tone: Tone;
  /** Null: nothing to show at this place. */
  values: (number | null)[];
}

export interface ChartData {
  kind: 'bars' | 'stacked' | 'line';
  /** One per place; they are not drawn. */
  labels: readonly string[];
  series: readonly Series[];
}
