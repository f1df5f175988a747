// What each mechanism of the hot path gives: the cases with all of them and without one, in turn, by an edit of the built code as it is loaded.
import { join } from 'node:path';
import type { Figure } from './cases.ts';
import type { Wanted } from './in-turn.ts';
import { measure, script } from './measure.ts';
import { median, sorted } from './measured.ts';
import { type Engine, MECHANISMS, type Mechanism } from './mechanisms.ts';
import { round } from './report.ts';
import { newDatabase, startMariadb } from './servers/mariadb.ts';
import { inFolder } from './sqlite-section.ts';

/** Jobs by case. */
const CASES = { '100 in flight': 30_000, drain: 30_000, 'end to end': 30_000, pickup: 1_000 };
/** What gives less does not earn its lines. */
const ENOUGH = 0.1;

/** A new database. */
type Place = <T>(work: (target: string) => Promise<T>) => Promise<T>;

/** `names` chooses mechanisms by the beginnings of their names; without any, all are measured. */
export async function ablationSection(
  engine: Engine,
  data: string,
  wanted: Wanted,
  names: readonly string[],
): Promise<string[]> {
  const asked = MECHANISMS.filter(
    ({ name, engines }) =>
      engines.includes(engine) && (names.length === 0 || names.some((beginning) => name.startsWith(beginning))),
  );
  if (engine === 'SQLite')
    return tableOf(asked, wanted, (work) => inFolder(data, (folder) => work(join(folder, 'jobs.db'))));
  const server = await startMariadb(data);
  try {
    return await tableOf(asked, wanted, async (work) => work(await newDatabase(server.url, 'bench')));
  } finally {
    await server.stop();
  }
}

async function tableOf(asked: readonly Mechanism[], wanted: Wanted, place: Place): Promise<string[]> {
  const rows = [
    '| mechanism | case | with | without | gives | in each pair |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  for (const { name: mechanism } of asked) {
    for (const [name, jobs] of Object.entries(CASES).filter(([one]) => wanted.case(one))) {
      const run = (around = {}): Promise<Figure> =>
        place((target) => measure('child', ['phraseworks', name, String(wanted.jobs(jobs)), target], around));
      const without = { execArgv: ['--import', script('ablate-hook')], env: { BENCH_WITHOUT: mechanism } };
      const pairs: { whole: Figure; less: Figure }[] = [];
      for (let n = 0; n < wanted.rounds; n += 1) pairs.push({ whole: await run(), less: await run(without) });
      rows.push(`| ${mechanism} | ${name} | ${rowOf(pairs)} |`);
      process.stderr.write(`${rows.at(-1)}\n`);
    }
  }
  return rows;
}

function rowOf(pairs: readonly { whole: Figure; less: Figure }[]): string {
  const gains = pairs.map(
    ({ whole, less }) => (whole.unit === 'ms' ? less.value / whole.value : whole.value / less.value) - 1,
  );
  const middle = (figures: readonly Figure[]): string => round(median(figures.map(({ value }) => value)) as number);
  const [all, less] = [middle(pairs.map(({ whole }) => whole)), middle(pairs.map((pair) => pair.less))];
  const gain = median(gains) as number;
  const given = gain >= ENOUGH ? `**${percent(gain)}**` : percent(gain);
  return `${all} ${pairs[0]?.whole.unit} | ${less} | ${given} | ${sorted(gains).map(percent).join(', ')}`;
}

const percent = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(0)} %`;
