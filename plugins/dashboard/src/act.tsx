// Action buttons, as small forms that work without a script, and the route that runs the action and returns to the page.
/** @jsxImportSource hono/jsx */

import { type Block, type BlockAction, type Cell, JobsError } from '@phraseworks/sdk';
import type { Rights } from '@phraseworks/sdk/client';
import { batchPath, jobPath, panelPath, pluginPath, type Query, schedulePath, seeOther } from './address.ts';
import { Icon, type IconName } from './icons.tsx';
import { readListQuery } from './list/filters.tsx';
import { ResumeForm } from './list/pauses.tsx';
import { Confirm } from './parts.tsx';
import { callRoute, isRefusal } from './refusal.ts';
import { msOf } from './time.tsx';
import { type Asking, askingFor, type Site, type Visit } from './visit.ts';

type Step = (asking: Asking, name: string) => Promise<unknown>;

const STEPS = {
  job: {
    retry: ({ jobs, actor }, id) => jobs.retry(actor, id),
    cancel: ({ jobs, actor }, id) => jobs.cancel(actor, id),
    run: ({ jobs, actor }, id) => jobs.run(actor, id),
    delete: ({ jobs, actor }, id) => jobs.remove(actor, id),
  },
  batch: {
    retry: async ({ batches, actor }, id) => void (await batches.retry(actor, id)),
    cancel: async ({ batches, actor }, id) => void (await batches.cancel(actor, id)),
  },
  schedule: {
    run: ({ schedules, actor }, name) => schedules.run(actor, name),
    pause: ({ schedules, actor }, name) => schedules.pause(actor, name),
    resume: ({ schedules, actor }, name) => schedules.resume(actor, name),
    delete: ({ schedules, actor }, name) => schedules.remove(actor, name),
  },
  plugin: {
    enable: ({ plugins, actor }, name) => plugins.enable(actor, name),
    disable: ({ plugins, actor }, name) => plugins.disable(actor, name),
    purge: ({ plugins, actor }, name) => plugins.purge(actor, name),
  },
} satisfies Record<string, Record<string, Step>>;
type Kind = keyof typeof STEPS;
type StepName = { [K in Kind]: keyof (typeof STEPS)[K] }[Kind];

/** The permission that the services require. */
const needs = (kind: Kind) => (kind === 'plugin' ? 'administer' : 'operate');

/** The page with all of the kind, and the page of the one. */
const PLACES: Record<Kind, (name: string) => { back: string; page?: string }> = {
  job: (id) => ({ back: jobPath(id) }),
  batch: (id) => ({ back: batchPath(id) }),
  schedule: (name) => ({ back: '/schedules', page: schedulePath(name) }),
  plugin: (name) => ({ back: '/plugins', page: pluginPath(name) }),
};

interface ButtonProps extends Omit<FormProps, 'query' | 'needs'> {
  /** Which job, schedule or plugin. */
  on: { kind: Kind; name: string; step: StepName };
  /** Return to the page of this job. */
  job?: string | undefined;
  /** Return to the page of the schedule or plugin, or to the list of jobs. */
  at?: 'page' | 'list' | undefined;
}

export function ActButton({ visit, on, job, at, ...shown }: ButtonProps) {
  const query = { ...on, ...(job === undefined ? {} : { job }), ...(at === undefined ? {} : { at }) };
  return <Button visit={visit} query={query} needs={needs(on.kind)} {...shown} />;
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
  const [, kind, here] = /^\/(job|schedule|plugin|types)\/([^/]+)$/.exec(path) ?? [];
  if (notice === 'paused') {
    const places: Record<string, Query> = { job: { atJob: here }, plugin: { atPlugin: here }, types: { atType: here } };
    const back = places[kind ?? ''] ?? readListQuery(query);
    return <ResumeForm visit={visit} back={back} what={name} label="Undo" />;
  }
  if (!Object.hasOwn(REVERSE, notice)) return null;
  const on = { ...REVERSE[notice as keyof typeof REVERSE], name };
  const at = path === '/' ? 'list' : kind === undefined || kind === 'job' ? undefined : 'page';
  return <ActButton visit={visit} label="Undo" on={on} at={at} job={kind === 'job' ? here : undefined} />;
}

/** The name for `Undo`; undefined if the action cannot be taken back: a delayed job would run at once, and what was paused before stays paused. */
async function undoOf(
  { jobs, schedules, actor, clock }: Asking,
  { kind, step, name }: Record<string, string>,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  if (kind === 'plugin' && step === 'disable') return name;
  if (kind === 'schedule' && step === 'pause')
    return (await schedules.get(actor, name).catch(() => undefined))?.paused === false ? name : undefined;
  if (kind !== 'job' || step !== 'cancel') return undefined;
  const job = await jobs.get(actor, name).catch(() => undefined);
  const isReady = job?.status === 'pending' && (job.runAt === null || msOf(job.runAt) <= clock.now());
  return isReady && job.attempt === 0 ? name : undefined;
}

/** The answer to the question before an action: `Yes, retry`. */
export const yesTo = (label: string): string => `Yes, ${label.charAt(0).toLowerCase()}${label.slice(1)}`;

/** Where a plugin's button is: on a panel, or on the page of a job. */
export type ActionPlace = { plugin: string } & ({ panel: string; page?: string } | { job: string });

interface FormProps {
  visit: Visit;
  label: string;
  query: Record<string, string>;
  confirm?: string | undefined;
  needs: keyof Rights;
  icon?: IconName;
  /** The one that the page is most about. */
  primary?: boolean;
}

const DESTROYS = new Set(['delete', 'disable', 'purge']);

/** Renders nothing without the permission. */
export function Button({ visit, label, query, confirm, needs, icon, primary = false }: FormProps) {
  if (!visit.may[needs]) return null;
  // The key stops a renewal from turning a button into another one just as the user presses it.
  const key = String(new URLSearchParams(query));
  const danger = DESTROYS.has(query.step ?? '');
  const form = (words: string) => (
    <form method="post" action={visit.to('/act', query)} data-step={query.step} data-key={key}>
      <button type="submit" class={danger ? 'danger' : primary ? 'primary' : undefined}>
        {confirm === undefined && icon ? <Icon name={icon} /> : null}
        {words}
      </button>
    </form>
  );
  if (confirm === undefined) return form(label);
  const asking = (
    <>
      {icon ? <Icon name={icon} /> : null}
      {label}
    </>
  );
  return (
    <Confirm name={key} label={asking} danger={danger}>
      <div>
        {confirm.split('\n').map((line) => (
          <p>{line}</p>
        ))}
        {form(yesTo(label))}
      </div>
    </Confirm>
  );
}

interface Act {
  /** The page to return to. */
  back: string;
  /** The page to return to when it is refused. */
  otherwise?: string;
  notice: string;
  run(asking: Asking): Promise<unknown>;
}

/** Accepts only the steps above and plugin actions. Throws `NOT_FOUND`. */
function readAct(query: Record<string, string>): Act {
  const { kind = '', name = '', step = '', plugin = '', panel = '', post = '', job = '', at = '', page = '' } = query;
  if (plugin !== '' && panel + job !== '' && post.startsWith('/')) {
    const place = panel === '' ? { plugin, job } : { plugin, panel, page };
    const back = panel === '' ? jobPath(job) : panelPath(plugin, panel, page);
    return { back, notice: 'panel', run: (asking) => runPanelAct(asking, place, post) };
  }
  const steps: Record<string, Step> = Object.hasOwn(STEPS, kind) ? STEPS[kind as Kind] : {};
  const act = Object.hasOwn(steps, step) ? steps[step] : undefined;
  if (!act || name === '') throw new JobsError('NOT_FOUND', 'Unknown action.');
  const { back, page: own = back } = PLACES[kind as Kind](name);
  const there = job !== '' ? jobPath(job) : at === 'page' ? own : at === 'list' && kind === 'job' ? '/' : back;
  const run = (asking: Asking) => act(asking, name);
  if (step === 'purge') return { back, otherwise: there, notice: 'purged', run };
  if (step === 'delete' && kind === 'job') return { back: '/', otherwise: back, notice: 'deleted', run };
  if (step === 'delete') return { back, otherwise: there, notice: 'scheduleDeleted', run };
  return { back: there, notice: kind === 'batch' ? `${step}Batch` : step, run };
}

/** Runs an action only while the panel or view offers it. */
async function runPanelAct(asking: Asking, place: ActionPlace, post: string): Promise<unknown> {
  const { jobs, plugins, actor, request } = asking;
  const { plugin } = place;
  const { blocks } = await ('panel' in place
    ? plugins.panel(actor, plugin, place.panel, pageNumber(place.page))
    : jobs.view(actor, place.job));
  if (!actionsIn(blocks).includes(post)) throw new JobsError('NOT_FOUND', 'This action is no longer available.');
  return callRoute(request, ownRoute(plugin, post), { method: 'POST' });
}

/** Of the table of a panel. */
export const pageNumber = (text = ''): number => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1);

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
  const own = `/plugins/${encodeURIComponent(plugin)}`;
  return post.startsWith(`${own}/`) ? post : own + post;
}

/** What `INVALID_STATE` means after an action, by its notice. */
const CLEARER: Record<string, string> = { purged: 'PLUGIN_RUNS' };

export function addActions(site: Site): void {
  site.needs.pages.post('/act', async (c) => {
    const { back, otherwise = back, notice, run } = readAct(c.req.query());
    const asking = await askingFor(site, c);
    const undo = await undoOf(asking, c.req.query());
    const answer = await run(asking).then(
      (done) => {
        // The core answers with the job itself; the `id` in the answer of a plugin may be that of anything.
        const { id: own } = Object(done) as { id?: unknown };
        const { job = notice === 'panel' ? undefined : own, ...said } = noticeOf(done);
        // The page of the job itself needs no link to it.
        const link = typeof job !== 'string' || jobPath(job) === back ? {} : { job };
        return { ...(notice === 'panel' ? said : { notice }), ...link, undo };
      },
      (error: unknown) => {
        if (!isRefusal(error)) throw error;
        return { refused: (error.code === 'INVALID_STATE' && CLEARER[notice]) || error.code };
      },
    );
    return seeOther(c.var.base, 'notice' in answer ? back : otherwise, answer);
  });
}
