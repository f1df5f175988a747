// The structure of a report, which is then rendered as a page, mail, text or CSV.
import type { Series } from '@phraseworks/sdk/charts';

/** The change of a value from the period before. `text`: `12 %`, `new`, `no change`. */
export interface Change {
  text: string;
  direction: 'up' | 'down' | 'same';
  /** Null if neither direction is an improvement. */
  verdict: 'better' | 'worse' | null;
}

/** One large number. */
export interface Tile {
  label: string;
  value: string;
  change?: Change;
  /** One value per day. */
  spark?: number[];
}

/** `value`: for programs, instead of the text. */
export interface Cell {
  text: string;
  value?: number | string;
  /** The value in the period before; belongs to `change`. */
  before?: number | null;
  change?: Change;
  spark?: number[];
  /** 0 to 1: draws a bar below the text. */
  share?: number;
  /** A second, smaller line. */
  note?: string;
  /** Marks the only cell of a row as the heading for the rows below. */
  heading?: true;
}

export interface Column {
  label: string;
  align: 'left' | 'right';
}

export interface Table {
  caption: string;
  columns: Column[];
  rows: Cell[][];
}

export interface Chart {
  kind: 'bars' | 'stacked' | 'line';
  title: string;
  /** One sentence for screen readers. */
  description: string;
  /** Below the chart, one per value; empty ones are not drawn. */
  labels: string[];
  series: Series[];
  /** The highest value as text. */
  top: string;
  /** The same numbers. */
  table: Table;
}

export interface Section {
  title: string;
  note?: string;
  charts?: Chart[];
  table?: Table;
}

export interface Report {
  site: string;
  title: string;
  /** `16 to 22 November 2026`. */
  label: string;
  beforeLabel: string;
  /** A summary of one or two sentences. */
  headline: string;
  /** A caveat about the figures. */
  note: string | null;
  tiles: Tile[];
  sections: Section[];
  /** `Made on Monday, 23 November 2026, 09:00 (Europe/Berlin)`. */
  footer: string;
  empty: boolean;
}
