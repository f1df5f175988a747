// Checks the sections of other plugins before they are drawn, with limits on their size.
import { z } from 'zod';
import { ReportFailure } from '../data.ts';
import type { Section } from './model.ts';

const Line = z.string().max(200);
const Text = z.string().max(1_000);
const Numbers = z.array(z.number()).max(400);

const ChangeShape = z.object({
  text: Line,
  direction: z.enum(['up', 'down', 'same']),
  verdict: z.enum(['better', 'worse']).nullable(),
});

const CellShape = z.object({
  text: Text,
  value: z.union([z.number(), Text]).optional(),
  before: z.number().nullable().optional(),
  change: ChangeShape.optional(),
  spark: Numbers.optional(),
  share: z.number().min(0).max(1).optional(),
  note: Text.optional(),
  heading: z.literal(true).optional(),
});

const TableShape = z.object({
  caption: Line,
  columns: z
    .array(z.object({ label: Line, align: z.enum(['left', 'right']) }))
    .min(1)
    .max(12),
  rows: z.array(z.array(CellShape).max(12)).max(500),
});

const ChartShape = z.object({
  kind: z.enum(['bars', 'stacked', 'line']),
  title: Line,
  description: Text,
  labels: z.array(Line).min(1).max(400),
  series: z
    .array(
      z.object({
        name: Line,
        tone: z.enum(['main', 'other', 'bad', 'quiet']),
        values: z.array(z.number().nullable()).max(400),
      }),
    )
    .min(1)
    .max(4),
  top: Line,
  table: TableShape,
});

const Sections = z
  .array(
    z.object({
      title: Line,
      note: Text.optional(),
      charts: z.array(ChartShape).max(3).optional(),
      table: TableShape.optional(),
    }),
  )
  .max(30);

/** Throws `INVALID_SECTIONS` with the path of the first mistake. */
export function checkSections(given: unknown): Section[] {
  const { success, data, error } = Sections.safeParse(given);
  // A round trip through JSON removes keys without a value.
  if (success) return JSON.parse(JSON.stringify(data)) as Section[];
  const place = (error.issues[0]?.path ?? []).map(String).join('.');
  throw new ReportFailure(
    'INVALID_SECTIONS',
    `the sections of this type of report are not valid${place === '' ? '' : ` at ${place}`}`,
  );
}
