// Buttons: small forms that a plain browser can send, and the route that does what they ask and goes back to the page.
/** @jsxImportSource hono/jsx */
import type { PluginContext } from '@phraseworks/sdk';
import { JobsError } from '@phraseworks/sdk';
import { address, jobPath, panelPath } from './address.ts';
import type { Rights } from './api.ts';
import { Api, Refusal } from './api.ts';
import type { Visit } from './visit.ts';

const STEPS = {
  job: ['retry', 'cancel', 'run'],
  schedule: ['run', 'pause', 'resume'],
  plugin: ['enable', 'disable'],
} as const;

/** The right that the API asks for. */
const NEEDS = { job: 'operate', schedule: 'operate', plugin: 'administer' } as const;

const id = encodeURIComponent;

const KINDS = {
  job: (name: string) => ({ api: `/api/jobs/${id(name)}`, back: jobPath(name) }),
  schedule: (name: string) => ({ api: `/api/schedules/${id(name)}`, back: '/schedules' }),
  plugin: (name: string) => ({ api: `/api/plugins/${id(name)}`, back: '/plugins' }),
};

type Kind = keyof typeof KINDS;

interface ButtonProps {
  visit: Visit;
  label: string;
  /** Which job, schedule or plugin. */
  on: { kind: Kind; name: string; step: (typeof STEPS)[Kind][number] };
  /** A question that is to be answered first. */
  confirm?: string;
}

/** Nothing for those who may not press it. */
export function ActButton({ visit, label, on, confirm }: ButtonProps) {
  return <Button visit={visit} label={label} query={{ ...on }} confirm={confirm} needs={NEEDS[on.kind]} />;
}

interface PanelButtonProps {
  visit: Visit;
  label: string;
  panel: { plugin: string; id: string };
  post: string;
  confirm: string | undefined;
}

export function PanelButton({ visit, label, panel, post, confirm }: PanelButtonProps) {
  return (
    <Button
      visit={visit}
      label={label}
      query={{ plugin: panel.plugin, panel: panel.id, post }}
      confirm={confirm}
      needs="administer"
    />
  );
}

interface FormProps {
  visit: Visit;
  label: string;
  query: Record<string, string>;
  confirm: string | undefined;
  needs: keyof Rights;
}

function Button({ visit, label, query, confirm, needs }: FormProps) {
  if (!visit.may[needs]) return null;
  const form = (words: string) => (
    <form method="post" action={visit.to('/act', query)}>
      <button type="submit">{words}</button>
    </form>
  );
  if (confirm === undefined) return form(label);
  return (
    <details class="confirm">
      <summary class="button">{label}</summary>
      <div>
        <p>{confirm}</p>
        {form(`Yes, ${label.charAt(0).toLowerCase()}${label.slice(1)}`)}
      </div>
    </details>
  );
}

interface Act {
  /** The page to go back to. */
  back: string;
  said: string;
  /** Throws `Refusal`. */
  run(api: Api): Promise<unknown>;
}

/** Only what the table above lists, and the actions of panels. Throws `NOT_FOUND`. */
function readAct({ kind = '', name = '', step = '', plugin = '', panel = '', post = '' }: Record<string, string>): Act {
  if (plugin !== '' && panel !== '' && post.startsWith('/')) {
    return { back: panelPath(plugin, panel), said: 'panel', run: (api) => runPanelAct(api, plugin, panel, post) };
  }
  if (Object.hasOwn(STEPS, kind) && name !== '' && (STEPS[kind as Kind] as readonly string[]).includes(step)) {
    const { api: path, back } = KINDS[kind as Kind](name);
    return { back, said: step, run: (api) => api.send('POST', `${path}/${step}`) };
  }
  throw new JobsError('NOT_FOUND', 'There is no such action.');
}

/** Only an action that the panel offers now. */
async function runPanelAct(api: Api, plugin: string, panel: string, post: string): Promise<void> {
  const { blocks } = await api.panel(plugin, panel);
  if (!blocks.some((block) => block.type === 'action' && block.post === post)) {
    throw new Refusal(404, 'NOT_FOUND', 'The panel does not offer this action any more.');
  }
  await api.send('POST', `/plugins/${id(plugin)}${post}`);
}

export function addActions({ pages, request }: Pick<PluginContext, 'pages' | 'request'>): void {
  pages.post('/act', async (c) => {
    const { back, said, run } = readAct(c.req.query());
    const answer = await run(new Api(request, c.req.raw.headers)).then(
      () => ({ said }),
      (error: unknown) => {
        if (error instanceof Refusal) return { refused: error.code };
        throw error;
      },
    );
    return c.redirect(address(c.var.base, back, answer), 303);
  });
}
