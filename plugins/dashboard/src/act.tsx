// Action buttons, as small forms that work without a script, and the route that runs the action and returns to the page.
/** @jsxImportSource hono/jsx */

import { type Block, type BlockAction, type Cell, JobsError, type NewPause } from '@phraseworks/sdk';
import type { Rights } from '@phraseworks/sdk/client';
import type { Child } from 'hono/jsx';
import { given, jobPath, ownPath, type Query, seeOther } from './address.ts';
import { type Posted, postedIn } from './form/state.ts';
import { Icon, type IconName } from './icons.tsx';
import { removeView, saveView } from './list/saved-views.ts';
import { Confirm } from './parts.tsx';
import { callRoute, ifThere, isRefusal } from './refusal.ts';
import { msOf } from './time.tsx';
import { type Asking, askingFor, type Site, type Visit } from './visit.ts';

type Step = (asking: Asking, name: string, posted: Posted) => Promise<unknown>;

export const STEPS = {
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
  /** The name of a pause is `type:email` or `plugin:image`. */
  pause: {
    begin: ({ pauses, actor }, name, posted) => pauses.pause(actor, pauseOf(name, posted)),
    resume: ({ pauses, actor }, of) => {
      const { kind, name } = pauseOf(of);
      return pauses.resume(actor, kind, name);
    },
  },
  /** What is saved is the query of the list. */
  view: {
    save: (asking, query, { name = '' }) => saveView(asking, query, name),
    remove: removeView,
  },
} satisfies Record<string, Record<string, Step>>;
type Kind = keyof typeof STEPS;
type StepName = { [K in Kind]: keyof (typeof STEPS)[K] }[Kind];

/** The permission that the services require. */
const needs = (kind: Kind) => (kind === 'plugin' ? 'administer' : 'operate');

/** Throws `NOT_FOUND` for what cannot be paused. */
function pauseOf(text: string, { duration = '', reason = '' }: Posted = {}): NewPause {
  const [, kind, name = ''] = /^(type|plugin):(.+)$/.exec(text) ?? [];
  if (kind === undefined) throw new JobsError('NOT_FOUND', 'Unknown type or plugin.');
  return {
    kind: kind as NewPause['kind'],
    name,
    ...given({ duration: /^\d+$/.test(duration) ? Number(duration) : undefined, reason: reason.trim() }),
  };
}

/** Where to go from the page of what was deleted. */
const LISTS: Partial<Record<Kind, string>> = { job: '/', schedule: '/schedules', plugin: '/plugins' };

interface ButtonProps extends Omit<FormProps, 'query' | 'needs'> {
  on: { kind: Kind; name: string; step: StepName };
}

export const ActButton = ({ visit, on, ...shown }: ButtonProps) => (
  <Button visit={visit} query={on} needs={needs(on.kind)} {...shown} />
);

/** What takes an action back, by its notice, and whether it can. */
const REVERSE = {
  'job.cancel': {
    kind: 'job',
    step: 'retry',
    // A delayed job would run at once.
    can: async ({ jobs, actor, clock }, id) => {
      const { status, runAt, attempt } = await jobs.get(actor, id);
      return status === 'pending' && attempt === 0 && (runAt === null || msOf(runAt) <= clock.now());
    },
  },
  'schedule.pause': {
    kind: 'schedule',
    step: 'resume',
    can: async ({ schedules, actor }, name) => !(await schedules.get(actor, name)).paused,
  },
  'plugin.disable': { kind: 'plugin', step: 'enable', can: async () => true },
  'pause.begin': {
    kind: 'pause',
    step: 'resume',
    can: async ({ pauses, actor }, name) => {
      const before = await pauses.list(actor);
      return before.every((one) => `${one.kind}:${one.name}` !== name);
    },
  },
} as const satisfies Record<
  string,
  { kind: Kind; step: StepName; can: (asking: Asking, name: string) => Promise<boolean> }
>;

const reverseOf = (notice: string) =>
  Object.hasOwn(REVERSE, notice) ? REVERSE[notice as keyof typeof REVERSE] : undefined;

/** Takes the last action back. */
export function Undo({ visit }: { visit: Visit }) {
  const { notice = '' } = visit.query;
  const reverse = reverseOf(notice);
  if (!reverse || !visit.undo.startsWith(`${notice} `)) return null;
  const { kind, step } = reverse;
  return <ActButton visit={visit} label="Undo" on={{ kind, step, name: visit.undo.slice(notice.length + 1) }} />;
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

const DESTROYS = new Set(['delete', 'disable', 'purge', 'remove']);

/** Renders nothing without the permission. */
export function Button({ visit, label, query, confirm, needs, icon, primary = false }: FormProps) {
  if (!visit.may[needs]) return null;
  // The key stops a renewal from turning a button into another one just as the user presses it.
  const key = String(new URLSearchParams(query));
  const danger = DESTROYS.has(query.step ?? '');
  const form = (words: Child) => (
    <form method="post" action={visit.to('/act', { ...query, back: visit.here })} data-step={query.step} data-key={key}>
      <button type="submit" class={danger ? 'danger' : primary ? 'primary' : undefined}>
        {words}
      </button>
    </form>
  );
  const shown = (
    <>
      {icon && <Icon name={icon} />}
      {label}
    </>
  );
  if (confirm === undefined) return form(shown);
  return (
    <Confirm name={key} label={shown} danger={danger}>
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
  notice: string;
  /** What it is done to. */
  name: string;
  /** The page to go to once it is done, if it is another. */
  done?: string | undefined;
  /** What the address then says: the notice, and the job that was acted on or started. */
  run(asking: Asking, posted: Posted): Promise<Query>;
}

/** Accepts only the steps above and plugin actions. Throws `NOT_FOUND`. */
function readAct(query: Record<string, string>): Act {
  const { kind = '', name = '', step = '', plugin = '', panel = '', post = '', job = '', page = '' } = query;
  if (plugin !== '' && panel + job !== '' && post.startsWith('/')) {
    const place = panel === '' ? { plugin, job } : { plugin, panel, page };
    return { notice: 'panel', name, run: async (asking) => noticeOf(await runPanelAct(asking, place, post)) };
  }
  const steps: Record<string, Step> = Object.hasOwn(STEPS, kind) ? STEPS[kind as Kind] : {};
  const act = Object.hasOwn(steps, step) ? steps[step] : undefined;
  if (!act || name === '') throw new JobsError('NOT_FOUND', 'Unknown action.');
  if (kind === 'pause') pauseOf(name);
  const done = step === 'delete' || step === 'purge' ? LISTS[kind as Kind] : undefined;
  const notice = `${kind}.${step}`;
  return {
    notice,
    name,
    done,
    run: async (asking, posted) => ({ notice, job: Object(await act(asking, name, posted)).id }),
  };
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

/** What an action adds to the address of the page: what it did, or with which code it was refused. */
export const outcomeOf = (work: Promise<Query>): Promise<Query> =>
  work.catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
    return { refused: error.code };
  });

export function addActions(site: Site): void {
  site.needs.pages.post('/act', async (c) => {
    const query = c.req.query();
    const back = ownPath(query.back);
    const { notice, name, done = back, run } = readAct(query);
    const posted = postedIn(await c.req.parseBody());
    const asking = await askingFor(site, c);
    const canUndo = await ifThere(reverseOf(notice)?.can(asking, name) ?? Promise.resolve(false), 'any', false);
    const { refused, job, ...outcome } = await outcomeOf(run(asking, posted));
    if (refused !== undefined) {
      const isRunning = notice === 'plugin.purge' && refused === 'INVALID_STATE';
      return seeOther(c.var.base, back, { refused: isRunning ? 'PLUGIN_RUNS' : refused });
    }
    // The page of the job itself needs no link to it.
    const link = job !== undefined && done.startsWith(jobPath(job)) ? undefined : job;
    return seeOther(c.var.base, done, { ...outcome, job: link, undo: canUndo ? name : undefined });
  });
}
