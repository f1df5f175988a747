// Search for anything: pages, types, plugins, schedules, saved views, actions and jobs. The script shows it in a dialog, too.
/** @jsxImportSource hono/jsx */

import { jobPath, panelPath, pluginPath, schedulePath, typePath } from '../address.ts';
import { maskedJobs } from '../job/secrets.ts';
import type { Page } from '../layout.tsx';
import { readViews } from '../list/saved-views.ts';
import { viewAddress } from '../list/views.tsx';
import { sections } from '../navigation.tsx';
import { Head } from '../parts.tsx';
import { titleOf } from '../plugin/facts.tsx';
import { ifThere } from '../refusal.ts';
import { shown, summaryOf } from '../text.ts';
import type { Visit } from '../visit.ts';

const LONGEST = 200;
/** Of each kind. */
const MOST = 6;
/** A shorter text is in nearly every job. */
const LEAST_FOR_JOBS = 3;

interface Place {
  label: string;
  /** What it is, beside its name. */
  about?: string | undefined;
  at: string;
}

export async function searchPage(visit: Visit): Promise<Page> {
  const { to } = visit;
  const q = (visit.query.q ?? '').trim().slice(0, LONGEST);
  const [places, jobs] = await Promise.all([
    placesOf(visit),
    // Refused is such as a search with too many words.
    q.length < LEAST_FOR_JOBS ? [] : ifThere(jobsOf(visit, q), 'any', []),
  ]);
  const words = q.toLowerCase().split(/\s+/);
  const fits = ({ label, about = '' }: Place): boolean =>
    words.every((word) => `${label} ${about}`.toLowerCase().includes(word));
  const found = Object.entries(places).map(([name, all]): [string, Place[]] => {
    const fitting = all.filter(fits);
    return [name, q === '' && name === 'Pages' ? fitting : fitting.slice(0, MOST)];
  });
  const some = [...found, ['Jobs', jobs] as const].filter(([, all]) => all.length > 0);
  return {
    title: 'Go to',
    children: (
      <>
        <Head title="Go to" />
        <div data-palette>
          <form method="get" action={to('/search')}>
            <input
              type="search"
              name="q"
              value={q}
              maxlength={LONGEST}
              placeholder="A page, type, plugin, schedule, action or job"
              aria-label="Search for anything"
              autocomplete="off"
              autofocus
            />
          </form>
          <div data-results aria-live="polite">
            {some.length === 0 ? <p class="faint">Nothing found.</p> : null}
            {some.map(([name, all]) => (
              <section aria-label={name}>
                <h2>{name}</h2>
                <ul>
                  {all.map(({ label, about, at }) => (
                    <li>
                      <a href={at}>
                        {shown(label)} {about === undefined ? null : <small class="faint">{shown(about)}</small>}
                      </a>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
            {q === '' ? null : (
              <p>
                <a href={to('/', { q })}>{`All jobs with "${shown(q)}"`}</a>
              </p>
            )}
          </div>
        </div>
      </>
    ),
  };
}

/** Everything but jobs, as far as this reader may see it. */
async function placesOf(visit: Visit): Promise<Record<string, Place[]>> {
  const { actor, to, may, panels } = visit;
  const [types, plugins, schedules, views] = await Promise.all([
    visit.types.list(actor),
    visit.plugins.list(actor),
    ifThere(visit.schedules.list(actor), 'FORBIDDEN', []),
    readViews(visit),
  ]);
  const failed = to('/', { status: 'failed', ask: 'retry' });
  return {
    Pages: [
      ...sections(visit).map(({ label, at }) => ({ label, at: to(at) })),
      ...panels.map(({ plugin, id, title }) => ({ label: title, about: plugin, at: to(panelPath(plugin, id)) })),
    ],
    Views: views.map((view) => ({ label: view.name, at: viewAddress(visit, view) })),
    Types: types.map(({ type, plugin }) => ({ label: type, about: plugin ?? undefined, at: to(typePath(type)) })),
    Plugins: plugins.map((plugin) => ({ label: titleOf(plugin), about: plugin.name, at: to(pluginPath(plugin.name)) })),
    Schedules: schedules.map(({ name, type }) => ({ label: name, about: type, at: to(schedulePath(name)) })),
    Actions: [
      ...(may.add ? [{ label: 'Add a job', at: to('/add') }] : []),
      ...(may.administer ? [{ label: 'Add a schedule', at: to('/schedules/new') }] : []),
      ...(may.operate ? [{ label: 'Retry failed jobs', at: failed }] : []),
      ...types.flatMap(({ type, mayAdd }) => [
        ...(mayAdd ? [{ label: `Add a job: ${type}`, at: to('/add', { type }) }] : []),
        ...(may.operate
          ? [{ label: `Retry failed jobs: ${type}`, at: `${failed}&type=${encodeURIComponent(type)}` }]
          : []),
      ]),
    ],
  };
}

/** The job of this id, or the newest in which the words are found. */
async function jobsOf(visit: Visit, q: string): Promise<Place[]> {
  const { actor, to } = visit;
  const byId = /^[\w-]{20,64}$/.test(q) ? (await visit.jobs.list(actor, { ids: [q], brief: true })).jobs : [];
  const jobs = byId.length > 0 ? byId : (await visit.jobs.list(actor, { q, limit: MOST, brief: true })).jobs;
  return maskedJobs(jobs, await visit.types.list(actor)).map((job) => ({
    label: summaryOf(job),
    about: `${job.type}, ${job.status}`,
    at: to(jobPath(job.id)),
  }));
}
