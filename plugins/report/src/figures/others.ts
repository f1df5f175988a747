// The figures of other plugins and of the site, from the filter `report:figures`. Invalid ones are left out.
import { type HooksApi, oneLine } from '@phraseworks/sdk';
import { z } from 'zod';
import type { Period, Span } from '../time.ts';

const MOST = 200;
const Line = z
  .string()
  .min(1)
  .max(80)
  .transform((text) => oneLine(text));

const OtherFigure = z.object({
  key: z.string().min(1).max(100),
  section: Line,
  label: Line,
  value: z.number(),
  unit: z.enum(['count', 'bytes', 'ms', 'percent']),
  better: z.enum(['more', 'less', 'neither']),
  days: z.array(z.number()).max(366).optional(),
});

type OtherFigure = z.output<typeof OtherFigure>;

export interface Compared extends OtherFigure {
  /** The value in the period before; null if there was none. */
  before: number | null;
}

async function ask(applyFilters: HooksApi['applyFilters'], { from, to }: Span): Promise<OtherFigure[]> {
  // If a filter fails, report no figures.
  const answers: unknown = await applyFilters('report:figures', [], { from, to }).catch(() => []);
  const keys = new Set<string>();
  const figures: OtherFigure[] = [];
  for (const answer of Array.isArray(answers) ? answers : []) {
    const { success, data } = OtherFigure.safeParse(answer);
    if (!success || keys.has(data.key) || figures.length >= MOST) continue;
    keys.add(data.key);
    figures.push(data);
  }
  return figures;
}

/** Each figure of the period, with its value in the period before. */
export async function otherFigures(applyFilters: HooksApi['applyFilters'], period: Period): Promise<Compared[]> {
  const [now, before] = [await ask(applyFilters, period), await ask(applyFilters, period.before)];
  const values = new Map(before.map(({ key, value }) => [key, value]));
  return now.map((figure) => ({ ...figure, before: values.get(figure.key) ?? null }));
}
