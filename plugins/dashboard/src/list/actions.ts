// The actions of the list: on selected jobs, on all matching jobs, and saving views.

import { JobsError, type RouteContext } from '@phraseworks/sdk';
import { STEPS } from '../act.tsx';
import { type Query, seeOther } from '../address.ts';
import { isRefusal, refusalOf } from '../refusal.ts';
import { type Asking, askingFor, type Site } from '../visit.ts';
import { type Act, isAct, statesOf } from './bulk.tsx';
import { filterOf, type ListQuery, MOST_LISTED, readListQuery } from './filters.tsx';
import { removeView, saveView } from './views.tsx';

/** These codes mean that the job was skipped, not that the action failed. */
const LEFT = new Set(['INVALID_STATE', 'NOT_CANCELLABLE', 'JOB_NOT_FOUND']);

export function addListActions(site: Site): void {
  const { pages } = site.needs;
  /** Redirects to the list with the outcome in the address. */
  const back = async (c: RouteContext, run: (asking: Asking, list: ListQuery) => Promise<Query>): Promise<Response> => {
    const list = readListQuery(c.req.query());
    const result = await run(await askingFor(site, c), list).catch((error: unknown): Query => {
      if (isRefusal(error)) return { refused: error.code };
      throw error;
    });
    return seeOther(c.var.base, '/', { ...list, ...result });
  };

  pages.post('/act/jobs', async (c) => {
    const form = await c.req.parseBody({ all: true });
    const act = c.req.query('step') ?? form.step;
    if (typeof act !== 'string' || !isAct(act)) throw new JobsError('NOT_FOUND', 'Unknown action.');
    if (c.req.query('scope') === 'all') {
      const { typed = 'delete' } = form;
      if (String(typed).trim() !== 'delete') return back(c, async () => ({ ask: act, refused: 'NOT_TYPED' }));
      return back(c, (asking, list) => actOnAll(asking, act, list));
    }
    const ids = [form.id ?? []].flat().filter((one) => typeof one === 'string');
    return back(c, (asking) => actOnChosen(asking, act, ids.slice(0, MOST_LISTED)));
  });

  pages.post('/act/views', async (c) => {
    const { step, name = '' } = c.req.query();
    const form = await c.req.parseBody();
    if (step === 'remove') return back(c, (asking) => removeView(asking, name));
    return back(c, (asking, list) => saveView(asking, list, typeof form.name === 'string' ? form.name : ''));
  });
}

async function actOnAll({ bulk, actor, clock }: Asking, action: Act, list: ListQuery): Promise<Query> {
  if (!bulk) throw new JobsError('NOT_FOUND', 'Bulk actions need the plugin "api".');
  const filter = { ...filterOf(list, clock.now()), status: [...statesOf(action, list)] };
  const job = await bulk.start(actor, { action, filter });
  return { cursor: undefined, bulk: job.id };
}

async function actOnChosen(asking: Asking, act: Act, ids: readonly string[]): Promise<Query> {
  if (ids.length === 0) return { refused: 'NOTHING_CHOSEN' };
  const refusals = await Promise.all(ids.map((job) => actOnOne(asking, act, job)));
  const left = refusals.filter((code) => code !== undefined);
  const why = left.find((code) => !LEFT.has(code));
  if (why !== undefined && left.length === ids.length) return { refused: why };
  return { notice: 'chosen', step: act, done: String(ids.length - left.length), left: String(left.length), why };
}

/** The error code if it is refused. */
const actOnOne = async (asking: Asking, act: Act, job: string): Promise<string | undefined> =>
  (await refusalOf(STEPS.job[act](asking, job)))?.code;
