// The actions of the list: on selected jobs, on all matching jobs, and pausing and resuming types and plugins.

import type { Job, Pages } from '@phraseworks/sdk';
import { JobsError, type PluginContext } from '@phraseworks/sdk';
import { ClientError, type PauseInfo } from '@phraseworks/sdk/client';
import { jobPath, pluginPath, type Query, seeOther } from '../address.ts';
import { type Api, apiFor } from '../api.ts';
import { msOf } from '../time.tsx';
import type { PageContext } from '../visit.ts';
import { type Act, isAct, statesOf } from './bulk.tsx';
import { filterOf, type ListQuery, readListQuery } from './filters.tsx';

/** The longest page that the API returns. */
const MOST_CHOSEN = 200;

/** These codes mean that the job was skipped, not that the action failed. */
const LEFT = new Set(['INVALID_STATE', 'NOT_CANCELLABLE', 'JOB_NOT_FOUND']);

const id = encodeURIComponent;

type Parts = { pages: Pages } & Pick<PluginContext, 'request' | 'clock'>;

export function addListActions({ pages, request, clock }: Parts): void {
  /** Redirects to the list, or the page of a job or plugin, with the outcome in the address. */
  const back = async (c: PageContext, run: (api: Api, list: ListQuery) => Promise<Query>): Promise<Response> => {
    const list = readListQuery(c.req.query());
    const { atJob, atPlugin } = c.req.query();
    const [path, query] = atJob ? [jobPath(atJob), {}] : atPlugin ? [pluginPath(atPlugin), {}] : ['/', list];
    const result = await run(apiFor(request, c.req.raw.headers), list).catch((error: unknown): Query => {
      if (error instanceof ClientError) return { refused: error.code };
      throw error;
    });
    return seeOther(c.var.base, path, { ...query, ...result });
  };

  pages.post('/act/jobs', async (c) => {
    const form = await c.req.parseBody({ all: true });
    const act = c.req.query('step') ?? form.step;
    if (typeof act !== 'string' || !isAct(act)) throw new JobsError('NOT_FOUND', 'Unknown action.');
    if (c.req.query('scope') === 'all') return back(c, (api, list) => actOnAll(api, act, list, clock.now()));
    const ids = [form.id ?? []].flat().filter((one) => typeof one === 'string');
    return back(c, (api) => actOnChosen(api, act, ids.slice(0, MOST_CHOSEN)));
  });

  pages.post('/act/pauses', async (c) => {
    const form = await c.req.parseBody();
    const what = c.req.query('what') ?? form.what;
    const [, kind, name] = (typeof what === 'string' && /^(type|plugin):(.+)$/.exec(what)) || [];
    if (kind === undefined || name === undefined) throw new JobsError('NOT_FOUND', 'Unknown type or plugin.');
    if (c.req.query('step') === 'resume') {
      return back(c, (api) =>
        api.send('DELETE', `/api/pauses/${kind}/${id(name)}`).then(() => ({ notice: 'resumed' })),
      );
    }
    const { duration, reason } = form;
    const body = {
      kind,
      name,
      ...(typeof duration === 'string' && /^\d+$/.test(duration) ? { duration: Number(duration) } : {}),
      ...(typeof reason === 'string' && reason.trim() !== '' ? { reason } : {}),
    };
    const begun = clock.now();
    return back(c, async (api) => {
      const { since } = await api.send<PauseInfo>('POST', '/api/pauses', body);
      // An earlier pause is kept as it is, and is not taken back.
      return { notice: 'paused', undo: msOf(since) < begun ? undefined : `${kind}:${name}` };
    });
  });
}

async function actOnAll(api: Api, action: Act, list: ListQuery, now: number): Promise<Query> {
  const filter = { ...filterOf(list, now), status: statesOf(action, list) };
  const job = await api.send<Job>('POST', '/api/jobs/bulk', { action, filter });
  return { cursor: undefined, bulk: job.id };
}

async function actOnChosen(api: Api, act: Act, ids: readonly string[]): Promise<Query> {
  if (ids.length === 0) return { refused: 'NOTHING_CHOSEN' };
  const refusals = await Promise.all(ids.map((job) => actOnOne(api, act, job)));
  const left = refusals.filter((code) => code !== undefined);
  const why = left.find((code) => !LEFT.has(code));
  if (why !== undefined && left.length === ids.length) return { refused: why };
  return { notice: 'chosen', step: act, done: String(ids.length - left.length), left: String(left.length), why };
}

/** The error code if the API refused. */
async function actOnOne(api: Api, act: Act, job: string): Promise<string | undefined> {
  const path = `/api/jobs/${id(job)}`;
  try {
    await (act === 'delete' ? api.send('DELETE', path) : api.send('POST', `${path}/${act}`));
    return undefined;
  } catch (error) {
    if (error instanceof ClientError) return error.code;
    throw error;
  }
}
