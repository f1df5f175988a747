// The structure of a report, which is then rendered as a page, mail, text or CSV. The parts that other plugins may make have limits on their size.
import { z } from 'zod';
import { ReportFailure } from '../data.ts';

const Line = z.string().max(200);
const Text = z.string().max(1_000);
const Numbers = z.array(z.number()).max(400);

/** The change of a value from the period before. `text`: `12 %`, `new`, `no change`. */
const Change = z.object({
  text: Line,
  direction: z.enum(['up', 'down', 'same']),
  /** Null if neither direction is an improvement. */
  verdict: z.enum(['better', 'worse']).nullable(),
});

const Cell = z.object({
  text: Text,
  /** For programs, instead of the text. */
  value: z.union([z.number(), Text]).optional(),
  /** The value in the period before; belongs to `change`. */
  before: z.number().nullable().optional(),
  change: Change.optional(),
  spark: Numbers.optional(),
  /** Draws a bar below the text. */
  share: z.number().min(0).max(1).optional(),
  /** A second, smaller line. */
  note: Text.optional(),
  /** Marks the only cell of a row as the heading for the rows below. */
  heading: z.literal(true).optional(),
});

const Column = z.object({ label: Line, align: z.enum(['left', 'right']) });

const Table = z.object({
  caption: Line,
  columns: z.array(Column).min(1).max(12),
  rows: z.array(z.array(Cell).max(12)).max(500),
});

const Series = z.object({
  name: Line,
  tone: z.enum(['main', 'other', 'bad', 'quiet']),
  values: z.array(z.number().nullable()).max(400),
});

const Chart = z.object({
  kind: z.enum(['bars', 'stacked', 'line']),
  title: Line,
  /** One sentence for screen readers. */
  description: Text,
  /** Below the chart, one per value; empty ones are not drawn. */
  labels: z.array(Line).min(1).max(400),
  series: z.array(Series).min(1).max(4),
  /** The highest value as text. */
  top: Line,
  /** The same numbers. */
  table: Table,
});

const Section = z.object({
  title: Line,
  note: Text.optional(),
  charts: z.array(Chart).max(3).optional(),
  table: Table.optional(),
});

export type Change = z.output<typeof Change>;
export type Cell = z.output<typeof Cell>;
export type Column = z.output<typeof Column>;
export type Table = z.output<typeof Table>;
export type Chart = z.output<typeof Chart>;
export type Section = z.output<typeof Section>;

/** The sections of another plugin. Throws `INVALID_SECTIONS` with the path of the first mistake. */
export function checkSections(given: unknown): Section[] {
  const { success, data, error } = z.array(Section).max(30).safeParse(given);
  if (success) return data;
  const place = (error.issues[0]?.path ?? []).map(String).join('.');
  throw new ReportFailure(
    'INVALID_SECTIONS',
    `the sections of this type of report are not valid${place === '' ? '' : ` at ${place}`}`,
  );
}

/** One large number. */
export interface Tile {
  label: string;
  value: string;
  change?: Change;
  /** One value per day. */
  spark?: number[];
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
