// What a report is made of, before it becomes a page, a mail, a text or a table.
import type { Series } from '@phraseworks/sdk/charts';

/** A value against the one before. `text`: `12 %`, `new`, `no change`. */
export interface Change {
  text: string;
  direction: 'up' | 'down' | 'same';
  /** Null where neither way is an improvement. */
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

/** `value`: what a program reads instead of the text. */
export interface Cell {
  text: string;
  value?: number | string;
  /** In the period before; goes with `change`. */
  before?: number | null;
  change?: Change;
  spark?: number[];
  /** 0 to 1: a bar below the text. */
  share?: number;
  /** A second, smaller line. */
  note?: string;
  /** The only cell of its row: a heading for those that follow. */
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
  /** One sentence for people who cannot see it. */
  description: string;
  /** Below the picture; one per value, an empty one is left out. */
  labels: string[];
  series: Series[];
  /** How the highest value reads. */
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
  /** One or two sentences: what there is to know. */
  headline: string;
  /** What has to be known about the figures. */
  note: string | null;
  tiles: Tile[];
  sections: Section[];
  /** `Made on Monday, 23 November 2026, 09:00 (Europe/Berlin)`. */
  footer: string;
  empty: boolean;
}
