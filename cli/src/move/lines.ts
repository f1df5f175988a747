// The output of a move: its plan, its progress, and what to do next.
import type { Output } from '../output.ts';
import type { Moved, Step } from './move.ts';
import type { MovePlan } from './plan.ts';
import { isEqual, type Proof } from './verify.ts';

/** Both databases, without passwords. */
export interface Names {
  source: string;
  target: string;
}

export function sayPlan(out: Output, plan: MovePlan, names: Names): void {
  out.line(`From  ${names.source} (${plan.source.engine} ${plan.source.version})`);
  const target = plan.target ? `${plan.target.engine} ${plan.target.version}` : 'will be created';
  out.line(`To    ${names.target} (${target})`);
  if (plan.record) out.line('An earlier run of this move did not finish. This run continues where it stopped.');
  out.line();
  out.table(
    ['TABLE', 'PLUGIN', 'ROWS'],
    plan.tables.map(({ table, plugin, rows }) => [table.name, plugin ?? '-', String(rows)]),
  );
  for (const { plugin, why } of plan.left) out.note(`The tables of the plugin ${plugin} cannot be moved: ${why}.`);
  out.line();
}

/** A bar on a terminal, one line per table elsewhere. */
export function progressOn(out: Output): (step: Step) => void {
  return ({ phase, table, rows, of }) => {
    const done = rows >= of;
    const word = phase === 'copy' ? 'copying' : 'verifying';
    if (out.terminal) out.passing(`${bar(rows, of)} ${word} ${table}, ${rows} of ${of} rows`);
    else if (done && of > 0) out.line(`${phase === 'copy' ? 'copied' : 'verified'} ${table}: ${rows} rows`);
  };
}

const WIDTH = 24;

function bar(rows: number, of: number): string {
  const full = of === 0 ? WIDTH : Math.min(WIDTH, Math.floor((rows / of) * WIDTH));
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`;
}

/** One line for a table that differs between the databases. */
export function differenceLine({ table, rows, difference }: Proof): string {
  const where = difference
    ? `the row with the key ${difference.key.map(String).join(' / ')} ${difference.what}`
    : `${rows.source} rows in the old one, of which ${rows.read} can be read by their keys, ${rows.target} in the new one`;
  return `The table ${table} is not equal on both sides: ${where}. The old database is unchanged; keep using it.`;
}

export function sayMoved(out: Output, plan: MovePlan, moved: Moved, names: Names): void {
  const { took, copied } = moved;
  if (moved.renewed.length > 0)
    out.line(`Changed since the earlier run, and copied again: ${moved.renewed.join(', ')}.`);
  out.table(
    ['TABLE', 'ROWS', 'SHA-256, THE SAME ON BOTH SIDES'],
    moved.proofs
      .filter((proof) => proof.rows.source > 0)
      .map((proof) => [proof.table, String(proof.rows.source), proof.checksum.source]),
  );
  out.line();
  out.line(
    `Copied ${copied} rows in ${seconds(took.copy)}${pace(copied, took.copy)}, compared in ${seconds(took.verify)}.`,
  );
  out.line(`No process can start on ${names.source} now.`);
  for (const { plugin } of plan.left) out.note(`Left behind: the tables of the plugin ${plugin}.`);
  out.line();
  out.line(`Now      set database in jobs.config.ts (or JOBS_DATABASE) to ${withLogin(names.target)}, and start.`);
  out.line('         Uploaded files stay in their folder: processes on other machines need it, too.');
  out.line(`Back     while nothing has run there: phraseworks-jobs move --undo --to ${withLogin(names.target)}`);
  out.line(`         (with ${names.source} configured); later, with the new one configured:`);
  out.line('         phraseworks-jobs move --to sqlite:data/jobs-back.db');
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const pace = (rows: number, ms: number): string => (ms < 100 ? '' : ` (${Math.round((rows / ms) * 1_000)} per second)`);
/** Only the name of a server has `://`. */
const withLogin = (name: string): string => name.replace(/^(\w+:\/\/)/, '$1USER:PASSWORD@');

/** The document of `--json`. */
export function asJson(plan: MovePlan, names: Names, moved?: Moved): object {
  const proofs = new Map(moved?.proofs.map((proof) => [proof.table, proof]));
  return {
    state: moved ? (moved.complete ? 'moved' : 'different') : 'planned',
    from: { database: names.source, engine: plan.source.engine, version: plan.source.version },
    to: { database: names.target, engine: plan.target?.engine ?? null, version: plan.target?.version ?? null },
    resumed: plan.record !== undefined,
    tables: plan.tables.map(({ table, plugin, rows }) => {
      const proof = proofs.get(table.name);
      if (!proof) return { table: table.name, plugin, rows };
      return {
        table: table.name,
        plugin,
        rows: proof.rows.source,
        equal: isEqual(proof),
        checksum: proof.checksum,
        difference: proof.difference,
      };
    }),
    left: plan.left,
    renewed: moved?.renewed ?? [],
    ...(moved ? { copied: moved.copied, took: moved.took } : {}),
  };
}
