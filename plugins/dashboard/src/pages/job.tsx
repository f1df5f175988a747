// The page of a job: state and actions; what it did, its logs, or its data and result; and beside them facts and history.
/** @jsxImportSource hono/jsx */

import { type Attempt, formatDuration, type Job, type JobView, type PluginStatus } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { address, jobPath, pluginPath, schedulePath, typePath } from '../address.ts';
import { Actions } from '../job/actions.tsx';
import { JsonBox } from '../job/json-box.tsx';
import { Links } from '../job/links.tsx';
import { Logs } from '../job/logs.tsx';
import { readJob } from '../job/secrets.ts';
import { Signals } from '../job/signals.tsx';
import { Timeline } from '../job/timeline.tsx';
import { Failure, Waterfall } from '../job/waterfall.tsx';
import { WhyBox } from '../job/why-box.tsx';
import type { Page } from '../layout.tsx';
import { attemptOf } from '../list/job-table.tsx';
import { pausesOf } from '../list/pauses.tsx';
import { Empty, Facts, Head, Tabs, Trail } from '../parts.tsx';
import { Bar, isOver, JobMark, presentError, progressText } from '../state.tsx';
import { shown, summaryOf } from '../text.ts';
import { msOf, When } from '../time.tsx';
import { reachable, type Visit } from '../visit.ts';
import { Blocks } from './panel.tsx';

/** The prefix of plugin routes. */
const ROUTES = '/plugins/';

function Places({ visit, result }: { visit: Visit; result: unknown }) {
  const places = Object.entries(Object(result)).flatMap(([name, path]) => {
    const href = typeof path === 'string' && path.startsWith(ROUTES) ? reachable(visit, path) : undefined;
    return href === undefined ? [] : <a href={href}>{`Open ${shown(name, 100)}`}</a>;
  });
  return places.length === 0 ? null : <p class="places">{places}</p>;
}

/** Without a view, links to the plugin routes that the result names. */
function View({ visit, job, view: { blocks, error } }: { visit: Visit; job: Job; view: JobView }) {
  if (blocks.length === 0 && error === null) return <Places visit={visit} result={job.result} />;
  return (
    <section class="view" aria-label="What it did">
      {error === null ? null : <p class="note bad">The plugin could not render its view: {shown(error, 300)}</p>}
      {blocks.length === 0 ? <Places visit={visit} result={job.result} /> : null}
      <Blocks visit={visit} place={{ plugin: job.plugin ?? '', job: job.id }} blocks={blocks} />
    </section>
  );
}

function Details({ visit: { to, now }, job }: { visit: Visit; job: Job }) {
  const { type, status, runAt } = job;
  const about = job.about && `${job.about.kind}:${job.about.id}`;
  const when = (at: string | null): Child | null => (at === null ? null : <When at={at} now={now} />);
  const link = (text: string | null | undefined, path: (text: string) => string): Child | null =>
    text ? <a href={path(text)}>{shown(text, 200)}</a> : null;
  return (
    <Facts
      rows={[
        ['ID', <code>{job.id}</code>],
        ['Type', link(type, (name) => to(typePath(name)))],
        ['Key', link(job.key, (key) => to('/', { type, key }))],
        ['About', link(about, (content) => to('/', { about: content }))],
        ['Plugin', link(job.plugin, (name) => to(pluginPath(name)))],
        ['Priority', job.priority],
        ['Attempt', attemptOf(job)],
        ['Crashes', job.crashes || null],
        ['Added', when(job.createdAt)],
        ['Due', status === 'pending' && runAt !== null && msOf(runAt) > now ? <When at={runAt} now={now} due /> : null],
        ['Started', when(job.startedAt)],
        ['Finished', isOver(status) ? when(job.finishedAt) : null],
        ['Retry delay', job.maxRetries === 0 ? null : `${formatDuration(job.retryDelay)}, ${job.retryBackoff}`],
        ['Timeout', formatDuration(job.timeout)],
        ['Schedule', link(job.schedule, (name) => to(schedulePath(name)))],
        [
          'Worker',
          job.worker === null ? null : (
            <code>{link(job.worker, (name) => `${to('/nodes')}#node-${encodeURIComponent(name)}`)}</code>
          ),
        ],
      ]}
    />
  );
}

/** The parts of the page, by the value in the address. */
const TABS = { overview: 'Overview', logs: 'Logs', data: 'Data' } as const;
type Tab = keyof typeof TABS;
const tabOf = (text = ''): Tab => (Object.hasOwn(TABS, text) ? (text as Tab) : 'overview');

export async function jobPage(visit: Visit, id: string): Promise<Page> {
  const { jobs, actor, to, query, now } = visit;
  const tab = tabOf(query.tab);
  const [read, { why }, { events, attempts }, links] = await Promise.all([
    readJob(visit, id),
    jobs.why(actor, id),
    jobs.history(actor, id),
    jobs.links(actor, id),
  ]);
  const { job, type } = read;
  const [pauses, plugin] = await Promise.all([pausesOf(visit, job), pluginOf(visit, job)]);
  const summary = summaryOf(job);

  return {
    title: `${shown(job.type, 100)}: ${summary}`,
    follows: { jobs: [job.id, ...[...links.before, ...links.next].map((one) => one.id).slice(0, 50)] },
    children: (
      <article class="job">
        <Trail visit={visit} pages={{ '/': 'Jobs', [address('', '/', { type: job.type })]: shown(job.type, 100) }} />
        <Head
          title={
            <>
              {summary} <JobMark job={job} now={now} />
            </>
          }
        >
          <Actions visit={visit} job={job} typeState={type?.state ?? 'parked'} pauses={pauses} plugin={plugin} />
        </Head>
        <WhyBox visit={visit} job={job} why={why} pauses={pauses} />
        <Signals visit={visit} job={job} />
        <Tabs
          label="Parts"
          tabs={(Object.keys(TABS) as Tab[]).map((one) => ({
            text: TABS[one],
            href: to(jobPath(id), { tab: one === 'overview' ? undefined : one }),
            isHere: one === tab,
          }))}
        />
        <div class="columns">
          <div class={tab}>
            {tab === 'overview' ? <Overview visit={visit} job={job} attempts={attempts} /> : null}
            {tab === 'logs' ? <Logs visit={visit} attempts={attempts} logs={await jobs.logs(actor, id)} /> : null}
            {tab === 'data' ? <Data visit={visit} job={job} /> : null}
          </div>
          <aside aria-label="Details">
            <Details visit={visit} job={job} />
            <Links visit={visit} links={links} />
            <Timeline visit={visit} entries={events} />
          </aside>
        </div>
      </article>
    ),
  };
}

async function Overview({ visit, job, attempts }: { visit: Visit; job: Job; attempts: readonly Attempt[] }) {
  const { jobs, actor } = visit;
  const { id, message, progress } = job;
  const [logs, receipts, view] = await Promise.all([
    jobs.logs(actor, id),
    jobs.receipts(actor, id),
    jobs.view(actor, id),
  ]);
  const error = presentError(job);
  const last = attempts.at(-1);
  if (last === undefined && view.blocks.length === 0 && error === null)
    return <Empty icon="delayed" text="It has not run yet. Its attempts are shown here as soon as they begin." />;
  return (
    <>
      {message === null ? null : <p class="message">{shown(message, 1_000)}</p>}
      {error === null ? null : <Failure error={error} stack={last?.error === error ? last.stack : null} id="present" />}
      {progress === null || job.status === 'completed' ? null : (
        <p class="progress">
          <Bar progress={progress} /> {shown(progressText(progress), 300)}
        </p>
      )}
      <View visit={visit} job={job} view={view} />
      <Waterfall visit={visit} job={id} attempts={attempts} logs={logs} receipts={receipts} above={error} />
    </>
  );
}

function Data({ visit, job }: { visit: Visit; job: Job }) {
  const here = visit.to(jobPath(job.id));
  return (
    <>
      <JsonBox visit={visit} name="data" title="Data" value={job.data} file={`${here}/data.json`} />
      {job.result === null ? null : (
        <JsonBox visit={visit} name="result" title="Result" value={job.result} file={`${here}/result.json`} />
      )}
      {job.metrics === null ? null : <JsonBox visit={visit} name="measured" title="Measured" value={job.metrics} />}
    </>
  );
}

export const FILES = ['data', 'result'] as const;

/** The data or result as a download, without secrets. An attachment, so that no browser renders it. */
export async function jobFile(visit: Visit, id: string, part: (typeof FILES)[number]): Promise<Response> {
  const { job } = await readJob(visit, id);
  return new Response(`${JSON.stringify(job[part], null, 2)}\n`, {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Disposition': `attachment; filename="${job.id}-${part}.json"`,
    },
  });
}

/** The plugin of a finished job. */
async function pluginOf({ plugins, actor }: Visit, { plugin, status }: Job): Promise<PluginStatus | undefined> {
  if (plugin === null || !isOver(status)) return undefined;
  return (await plugins.list(actor)).find(({ name }) => name === plugin);
}
