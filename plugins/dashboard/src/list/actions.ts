// The actions of the list: on selected jobs, and on all matching jobs.

import { JobsError } from '@phraseworks/sdk';
import { outcomeOf, STEPS } from '../act.tsx';
import { type Query, seeOther } from '../address.ts';
import { refusalOf } from '../refusal.ts';
import { type Asking, askingFor, type Site } from '../visit.ts';
import { type Act, isAct, statesOf } from './bulk.tsx';
import { filterOf, type ListQuery, MOST_LISTED, readListQuery } from './filters.tsx';

/** These codes mean that the job was skipped, not that the action failed. */
const LEFT = new Set(['INVALID_STATE', 'NOT_CANCELLABLE', 'JOB_NOT_FOUND']);

export function addListActions(site: Site): void {
  site.needs.pages.post('/act/jobs', async (c) => {
    const query = c.req.query();
    const { step, id = [], typed = 'delete' } = await c.req.parseBody({ all: true });
    const act = query.step ?? step;
    if (typeof act !== 'string' || !isAct(act)) throw new JobsError('NOT_FOUND', 'Unknown action.');
    const list = readListQuery(query);
    const ids = [id].flat().filter((one) => typeof one === 'string');
    const asking = await askingFor(site, c);
    const outcome = await outcomeOf(
      query.scope === 'all' ? actOnAll(asking, act, list, String(typed)) : actOnChosen(asking, act, ids),
    );
    return seeOther(c.var.base, '/', { ...list, cursor: query.cursor, ...outcome });
  });
}

async function actOnAll({ bulk, actor, clock }: Asking, action: Act, list: ListQuery, typed: string): Promise<Query> {
  if (typed.trim() !== 'delete') return { ask: action, refused: 'NOT_TYPED' };
  if (!bulk) throw new JobsError('NOT_FOUND', 'Bulk actions need the plugin "api".');
  const filter = { ...filterOf(list, clock.now()), status: [...statesOf(action, list)] };
  const job = await bulk.start(actor, { action, filter });
  return { bulk: job.id };
}

async function actOnChosen(asking: Asking, act: Act, chosen: readonly string[]): Promise<Query> {
  if (chosen.length === 0) return { refused: 'NOTHING_CHOSEN' };
  const ids = chosen.slice(0, MOST_LISTED);
  const refusals = await Promise.all(ids.map((job) => refusalOf(STEPS.job[act](asking, job))));
  const left = refusals.flatMap((refusal) => refusal?.code ?? []);
  const why = left.find((code) => !LEFT.has(code));
  if (why !== undefined && left.length === ids.length) return { refused: why };
  return { notice: 'chosen', step: act, done: String(ids.length - left.length), left: String(left.length), why };
}
