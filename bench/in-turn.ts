// Each case on each side, in turn, and then all of it again: what the machine does meanwhile meets all of them.
import type { Figure } from './cases.ts';
import type { Measured } from './measured.ts';
import type { Plan } from './plans.ts';

export interface Wanted {
  /** Is this case asked for? */
  case(name: string): boolean;
  /** The number of jobs of a full run, made smaller where only the benchmark itself is tried. */
  jobs(full: number): number;
  rounds: number;
}

/** Units of which less is better. */
const LESS: ReadonlySet<Figure['unit']> = new Set(['ms', 'queries/s']);

type Run = (side: string, name: string, jobs: number) => Promise<Figure & { durability?: string }>;

export async function measureAll(plan: Plan, wanted: Wanted, run: Run): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let round = 0; round < wanted.rounds; round += 1) {
    for (const [name, sides] of Object.entries(plan).filter(([one]) => wanted.case(one))) {
      for (const [side, jobs] of Object.entries(sides)) {
        const figure = await run(side, name, wanted.jobs(jobs));
        measured.push({ name, side, better: LESS.has(figure.unit) ? 'less' : 'more', figure });
        process.stderr.write(`${name}, ${side}: ${JSON.stringify(figure)}\n`);
      }
    }
  }
  return measured;
}
