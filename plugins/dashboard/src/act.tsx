// Action buttons, as small forms that work without a script, and the route that runs the action and returns to the page.
/** @jsxImportSource hono/jsx */

import type { Block, BlockAction, Cell, Pages, PluginContext } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { ClientError, type Rights } from '@phraseworks/sdk/client';
import { jobPath, panelPath, pluginPath, seeOther } from './address.ts';
import { type Api, apiFor } from './api.ts';
import { readListQuery } from './list/filters.tsx';
import { ResumeForm } from './list/pauses.tsx';
import { readSchedule, schedulePath } from './schedule/read.ts';
import { msOf } from './time.tsx';
import type { Visit } from './visit.ts';

const STEPS = {
  job: ['retry', 'cancel', 'run', 'delete'],
  schedule: ['run', 'pause', 'resume', 'delete'],
  plugin: ['enable', 'disable', 'purge'],
} as const;

/** The permission that the API requires. */
const needs = (kind: Kind) => (kind === 'plugin' ? 'administer' : 'operate');

const id = encodeURIComponent;

/** The address in the API, the page with all of the kind, and the page of the one. */
const KINDS: Record<keyof typeof STEPS, (name: string) => { api: string; back: string; page?: string }> = {
  job: (name) => ({ api: `/api/jobs/${id(name)}`, back: jobPath(name) }),
  schedule: (name) => ({ api: `/api/schedules/${id(name)}`, back: '/schedules', page: schedulePath(name) }),
  plugin: (name) => ({ api: `/api/plugins/${id(name)}`, back: '/plugins', page: pluginPath(name) }),
};

type Kind = keyof typeof KINDS;

interface ButtonProps {
  visit: Visit;
  label: string;
  /** Which job, schedule or plugin. */
  on: { kind: Kind; name: string; step: (typeof STEPS)[Kind][number] };
  confirm?: string | undefined;
  /** Return to the page of this job. */
  job?: string | undefined;
  /** Return to the page of the schedule or plugin, or to the list of jobs. */
  at?: 'page' | 'list' | undefined;
}

export function ActButton({ visit, label, on, confirm, job, at }: ButtonProps) {
  const query = { ...on, ...(job === undefined ? {} : { job }), ...(at === undefined ? {} : { at }) };
  return <Button visit={visit} label={label} query={query} confirm={confirm} needs={needs(on.kind)} />;
}

/** What takes an action back, by its notice; that of a paused type or plugin is beside the pauses. */
const REVERSE = {
  cancel: { kind: 'job', step: 'retry' },
  pause: { kind: 'schedule', step: 'resume' },
  disable: { kind: 'plugin', step: 'enable' },
} as const;

/** Takes the last action back. */
export function Undo({ visit }: { visit: Visit }) {
  const { path, query, undo } = visit;
  const { notice = '' } = query;
  if (!undo.startsWith(`${notice} `)) return null;
  const name = undo.slice(notice.length + 1);
  const [, kind, here] = /^\/(job|schedule|plugin)\/([^/]+)$/.exec(path) ?? [];
  if (notice === 'paused') {
    const back = kind === 'job' ? { atJob: here } : kind === 'plugin' ? { atPlugin: here } : readListQuery(query);
    return <ResumeForm visit={visit} back={back} what={name} label="Undo" />;
  }
  if (!Object.hasOwn(REVERSE, notice)) return null;
  const on = { ...REVERSE[notice as keyof typeof REVERSE], name };
  const at = path === '/' ? 'list' : kind === undefined || kind === 'job' ? undefined : 'page';
  return <ActButton visit={visit} label="Undo" on={on} at={at} job={kind === 'job' ? here : undefined} />;
}

/** The name for `Undo`; undefined if the action cannot be taken back: a delayed job would run at once, and what was paused before stays paused. */
async function undoOf(
  api: Api,
  { kind, step, name }: Record<string, string>,
  now: number,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  if (kind === 'plugin' && step === 'disable') return name;
  if (kind === 'schedule' && step === 'pause')
    return (await readSchedule(api, name).catch(() => undefined))?.paused === false ? name : undefined;
  if (kind !== 'job' || step !== 'cancel') return undefined;
  const { status, attempt, runAt } = await api.job(name).catch(() => ({ status: '', attempt: 0, runAt: null }));
  return status === 'pending' && attempt === 0 && (runAt === null || msOf(runAt) <= now) ? name : undefined;
}

/** The answer to the question before an action: `Yes, retry`. */
export const yesTo = (label: string): string => `Yes, ${label.charAt(0).toLowerCase()}${label.slice(1)}`;

/** Where a plugin's button is: on a panel, or on the page of a job. */
export type ActionPlace = { plugin: string } & ({ panel: string; page?: string } | { job: string });

interface FormProps {
  visit: Visit;
  label: string;
  query: Record<string, string>;
  confirm: string | undefined;
  needs: keyof Rights;
}

/** Renders nothing without the permission. */
export function Button({ visit, label, query, confirm, needs }: FormProps) {
  if (!visit.may[needs]) return null;
  // The key stops a renewal from turning a button into another one just as the user presses it.
  const key = String(new URLSearchParams(query));
  const form = (words: string) => (
    <form method="post" action={visit.to('/act', query)} data-step={query.step} data-key={key}>
      <button type="submit">{words}</button>
    </form>
  );
  if (confirm === undefined) return form(label);
  return (
    <details class="confirm" data-key={key}>
      <summary class="button">{label}</summary>
      <div>
        <p>{confirm}</p>
        {form(yesTo(label))}
      </div>
    </details>
  );
}

interface Act {
  /** The page to return to. */
  back: string;
  /** The page to return to when the API refuses. */
  otherwise?: string;
  notice: string;
  /** Throws `ClientError`. */
  run(api: Api): Promise<unknown>;
}

/** Accepts only the steps above and plugin actions. Throws `NOT_FOUND`. */
function readAct(query: Record<string, string>): Act {
  const { kind = '', name = '', step = '', plugin = '', panel = '', post = '', job = '', at = '', page = '' } = query;
  if (plugin !== '' && panel + job !== '' && post.startsWith('/')) {
    const place = panel === '' ? { plugin, job } : { plugin, panel, page };
    const back = panel === '' ? jobPath(job) : panelPath(plugin, panel, page);
    return { back, notice: 'panel', run: (api) => runPanelAct(api, place, post) };
  }
  if (Object.hasOwn(STEPS, kind) && name !== '' && (STEPS[kind as Kind] as readonly string[]).includes(step)) {
    const { api: path, back, page = back } = KINDS[kind as Kind](name);
    const there = job !== '' ? jobPath(job) : at === 'page' ? page : at === 'list' && kind === 'job' ? '/' : back;
    const remove = (api: Api) => api.send('DELETE', step === 'purge' ? `${path}/data` : path);
    if (step === 'purge') return { back, otherwise: there, notice: 'purged', run: remove };
    if (step === 'delete' && kind === 'job') return { back: '/', otherwise: back, notice: 'deleted', run: remove };
    if (step === 'delete') return { back, otherwise: there, notice: 'scheduleDeleted', run: remove };
    return { back: there, notice: step, run: (api) => api.send('POST', `${path}/${step}`) };
  }
  throw new JobsError('NOT_FOUND', 'Unknown action.');
}

/** Runs an action only while the panel or view offers it. */
async function runPanelAct(api: Api, place: ActionPlace, post: string): Promise<unknown> {
  const { plugin } = place;
  const { blocks } = await ('panel' in place ? api.panel(plugin, place.panel, place.page) : api.view(place.job));
  if (!actionsIn(blocks).includes(post))
    throw new ClientError('NOT_FOUND', 'This action is no longer available.', { status: 404 });
  return api.send('POST', ownRoute(plugin, post));
}

const actionsIn = (blocks: readonly Block[]): string[] =>
  blocks.flatMap((block) => {
    if (block.type === 'action') return [block.post];
    const cells = block.type === 'table' ? block.rows.flat() : block.type === 'list' ? block.items : [];
    return cells.flatMap((cell) => (isAction(cell) ? [cell.post] : []));
  });

export const isAction = (cell: Cell): cell is BlockAction =>
  typeof cell === 'object' && cell !== null && 'post' in cell;

/** What to say about the answer of a plugin. */
export function noticeOf(done: unknown): { notice: string; job?: string } {
  const { jobId } = Object(done) as { jobId?: unknown };
  return typeof jobId === 'string' ? { notice: 'started', job: jobId } : { notice: 'panel' };
}

/** `/send` and `/plugins/mail/send` are the same route of the plugin `mail`. */
export function ownRoute(plugin: string, post: string): string {
  const own = `/plugins/${id(plugin)}`;
  return post.startsWith(`${own}/`) ? post : own + post;
}

/** What `INVALID_STATE` means after an action, by its notice. */
const CLEARER: Record<string, string> = { purged: 'PLUGIN_RUNS' };

export function addActions({
  pages,
  request,
  clock,
}: { pages: Pages } & Pick<PluginContext, 'request' | 'clock'>): void {
  pages.post('/act', async (c) => {
    const { back, otherwise = back, notice, run } = readAct(c.req.query());
    const api = apiFor(request, c.req.raw.headers);
    const undo = await undoOf(api, c.req.query(), clock.now());
    const answer = await run(api).then(
      (done) => {
        // The core answers with the job itself; the `id` in the answer of a plugin may be that of anything.
        const { id: own } = Object(done) as { id?: unknown };
        const { job = notice === 'panel' ? undefined : own, ...said } = noticeOf(done);
        // The page of the job itself needs no link to it.
        const link = typeof job !== 'string' || jobPath(job) === back ? {} : { job };
        return { ...(notice === 'panel' ? said : { notice }), ...link, undo };
      },
      (error: unknown) => {
        if (!(error instanceof ClientError)) throw error;
        return { refused: (error.code === 'INVALID_STATE' && CLEARER[notice]) || error.code };
      },
    );
    return seeOther(c.var.base, 'notice' in answer ? back : otherwise, answer);
  });
}
