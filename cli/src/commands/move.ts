// `move`: copies everything to another database and compares every row. It can be stopped at any point and run again.
import {
  connect,
  type Dialect,
  OutcomeUnknown,
  openDatabase,
  readMovedTo,
  readUrl,
} from '@phraseworks/jobs/internals/core';
import { JobsError } from '@phraseworks/sdk';
import { UsageError } from '../arguments.ts';
import { type Call, defineCommand, type Outcome } from '../command.ts';
import { asJson, differenceLine, type Names, progressOn, sayMoved, sayPlan } from '../move/lines.ts';
import { move as moveAll, nothingToUndo, undoMove } from '../move/move.ts';
import { type MoveContext, type MovePlan, planMove, tablesOf } from '../move/plan.ts';
import { checkPair, isThere, moveContext, nameOf, openSource, stepsFrom } from '../move/sides.ts';
import { isEqual } from '../move/verify.ts';
import type { Site } from '../site.ts';

const OPTIONS = {
  to: {
    type: 'string',
    value: 'URL',
    about: 'the URL of the new database; JOBS_MOVE_TO by default',
  },
  'dry-run': { type: 'boolean', about: 'only show what would be moved' },
  leave: { type: 'string', value: 'A,B', about: 'plugins whose tables may stay behind if they cannot be moved' },
  undo: { type: 'boolean', about: 'undo the move, as long as nothing has run in the new database' },
} as const;

type Options = typeof OPTIONS;

export const move = defineCommand({
  usage: ['--to URL [--dry-run] [--leave A,B]', '--undo [--to URL]'],
  about: 'Stop all processes that use either database first. After an interruption, run it again to continue.',
  example: 'move --to mysql://jobs:secret@db.example:3306/jobs',
  options: OPTIONS,
  takes: { least: 0, most: 0 },
  run: async (call) => {
    const { undo: back, 'dry-run': dry } = call.values;
    const to = call.values.to ?? (call.env.JOBS_MOVE_TO || undefined);
    if (to === undefined && !back) throw new UsageError('move needs the database to move to: --to URL.');
    const site = await call.site();
    if (to !== undefined) checkPair(site.config.database, to);
    const source = await openSource(site.config.database, call, dry === true);
    try {
      return await (back || to === undefined ? undo(call, site, source, to) : moveFrom(call, site, source, to));
    } finally {
      await source.close();
    }
  },
});

async function moveFrom(call: Call<Options>, site: Site, source: Dialect, to: string): Promise<Outcome> {
  const names = { source: nameOf(site.config.database), target: nameOf(to) };
  const context = await moveContext(site, call);
  if (call.values['dry-run']) {
    const target = isThere(to) ? await connect(to, call) : null;
    try {
      return planned(call, await planMove(source, target, stepsFrom(site), context), names);
    } finally {
      await target?.close();
    }
  }
  // Check first, so that a refused move does not create the target file.
  if (!isThere(to)) checkLeft(call, await planMove(source, null, stepsFrom(site), context));
  const target = await openDatabase(to, call.clock, call.random);
  try {
    const plan = await planMove(source, target, stepsFrom(site), context);
    checkLeft(call, plan);
    return await carryOut(call, { source, target, plan, names, context });
  } finally {
    await target.close();
  }
}

function planned({ out }: Call<Options>, plan: MovePlan, names: Names): Outcome {
  out.data(asJson(plan, names));
  sayPlan(out, plan, names);
  out.line(
    'Nothing was changed. Without --dry-run: all rows are copied, both sides are compared, the old one is closed.',
  );
  return 0;
}

/** Throws unless `--leave` names every plugin whose tables cannot be moved. */
function checkLeft({ values }: Call<Options>, { left }: MovePlan): void {
  const allowed = values.leave?.split(',').map((name) => name.trim()) ?? [];
  const refused = left.filter(({ plugin }) => !allowed.includes(plugin));
  if (refused.length === 0) return;
  const reasons = refused.map(({ plugin, why }) => `The tables of the plugin ${plugin} cannot be moved: ${why}.`);
  const names = refused.map(({ plugin }) => plugin).join(',');
  throw new JobsError('INVALID_STATE', `${reasons.join('\n')}\nTo move without them: --leave ${names}`);
}

interface Work {
  source: Dialect;
  target: Dialect;
  plan: MovePlan;
  names: Names;
  context: MoveContext;
}

async function carryOut(call: Call<Options>, { context, ...work }: Work): Promise<Outcome> {
  const { out } = call;
  const { plan, names } = work;
  sayPlan(out, plan, names);
  const moved = await moveAll({ ...work, ...context, report: progressOn(out) }).catch(cutOff);
  out.data(asJson(plan, names, moved));
  if (moved.complete) {
    sayMoved(out, plan, moved, names);
    return 0;
  }
  for (const proof of moved.proofs) if (!isEqual(proof)) out.note(differenceLine(proof));
  return 1;
}

/** If the connection is lost halfway, tells the user to run the move again. */
function cutOff(error: unknown): never {
  if (!(error instanceof JobsError) || error.code !== 'UNAVAILABLE') throw error;
  const why = error instanceof OutcomeUnknown ? 'The connection to the database was lost.' : error.message;
  throw new JobsError('UNAVAILABLE', `${why} Run the same command again: it continues after the last stored batch.`, {
    cause: error,
  });
}

async function undo(call: Call<Options>, site: Site, source: Dialect, named: string | undefined): Promise<Outcome> {
  const { out } = call;
  const moved = await readMovedTo(source.reader);
  if (!moved) throw nothingToUndo();
  const to = named ?? (readUrl(moved.to).file === null ? undefined : moved.to);
  if (to === undefined)
    throw new UsageError('move --undo checks that nothing has run in the new database: name it with --to URL.');
  if (!isThere(to)) throw new JobsError('UNAVAILABLE', 'The new database file does not exist: name it with --to URL.');
  const context = await moveContext(site, call);
  const target = await openDatabase(to, call.clock, call.random);
  try {
    const { tables } = await tablesOf(source, stepsFrom(site), context);
    await undoMove(source, target, tables, context);
  } finally {
    await target.close();
  }
  const database = nameOf(site.config.database);
  out.answer({ state: 'undone', database }, () => out.line(`Undone: ${database} can be started again.`));
  return 0;
}
