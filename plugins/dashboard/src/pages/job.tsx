// One job: its state and why, what can be done, what its plugin shows of it, its life, its attempts, its data and its result.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { type PauseEntry, Refusal } from '../api.ts';
import { Attempts } from '../job/attempts.tsx';
import { Buttons } from '../job/buttons.tsx';
import { changedConfig } from '../job/copies.ts';
import { CopyBox } from '../job/copy-box.tsx';
import { Facts } from '../job/facts.tsx';
import { JsonBox } from '../job/json-box.tsx';
import { Bar, progressText } from '../job/progress.tsx';
import { readJob } from '../job/read.ts';
import { Receipts } from '../job/receipts.tsx';
import { redact } from '../job/redact.ts';
import { shown } from '../job/shown.ts';
import { Timeline } from '../job/timeline.tsx';
import { type JobView, View } from '../job/view.tsx';
import { WhyBox } from '../job/why-box.tsx';
import type { Page } from '../layout.tsx';
import { Live } from '../live.tsx';
import { isMoving } from '../state.tsx';
import { summaryOf } from '../summary.ts';
import type { Visit } from '../visit.ts';

const LONGEST_ERROR = 2_000;

export async function jobPage(visit: Visit, id: string): Promise<Page> {
  const { api, now, to } = visit;
  const [read, { why }, { events, attempts }, { logs }, { receipts }, view] = await Promise.all([
    readJob(visit, id),
    api.why(id),
    api.history(id),
    api.logs(id),
    api.receipts(id),
    viewOf(visit, id),
  ]);
  const { job, type, data, result } = read;
  const [pauses, config] = await Promise.all([pausesOf(visit, job), configOf(visit, job)]);
  const summary = summaryOf({ ...job, data: data.value });
  const live = visit.query.live !== '0';
  const query = live ? {} : { live: '0' };
  const moving = isMoving(job, now);
  const here = to(jobPath(job.id));
  const over = job.status === 'completed';

  return {
    title: `${shown(job.type, 100)}: ${summary}`,
    follows: { jobs: [job.id] },
    renew: live && moving ? query : undefined,
    children: (
      <article class="job">
        <div class="trail">
          <p>
            <a href={to('/')}>Jobs</a> / <a href={to('/', { type: job.type })}>{shown(job.type, 100)}</a>
          </p>
          <Live visit={visit} query={query} live={live} moving={moving} />
        </div>
        <h1>{summary}</h1>
        <WhyBox visit={visit} job={job} why={why} pauses={pauses} />
        {job.message === null ? null : <p class="message">{shown(job.message, 1_000)}</p>}
        {job.error === null || over ? null : <pre class="error-box">{shown(job.error, LONGEST_ERROR)}</pre>}
        {job.progress === null || over ? null : (
          <p class="progress">
            <Bar progress={job.progress} /> {shown(progressText(job.progress), 300)}
          </p>
        )}
        <Buttons visit={visit} job={job} typeState={type?.state ?? 'parked'} paused={pauses.length > 0} />
        <View visit={visit} job={job} view={view} />
        <div class="columns">
          <div>
            <Timeline visit={visit} entries={events} />
            <Attempts visit={visit} attempts={attempts} logs={logs} />
            <Receipts visit={visit} receipts={receipts} />
          </div>
          <Facts visit={visit} job={job} />
        </div>
        <JsonBox name="data" title="Data" json={data} file={`${here}/data.json`} />
        {job.result === null ? null : (
          <JsonBox name="result" title="Result" json={result} file={`${here}/result.json`} />
        )}
        {job.metrics === null ? null : <JsonBox name="measured" title="Measured" json={redact(job.metrics)} />}
        <CopyBox job={job} copied={{ job, data: data.value, url: `${visit.origin}${visit.base}`, config }} />
      </article>
    ),
  };
}

/** It is fetched on its own: when that fails, the rest of the page is still shown. */
const viewOf = ({ api }: Visit, id: string): Promise<JobView> =>
  api.view(id).catch((error: unknown) => {
    if (error instanceof Refusal && error.status >= 500) return { blocks: [], error: error.message };
    throw error;
  });

/** Those that keep it from running. */
async function pausesOf({ api }: Visit, { status, type, lane }: Job): Promise<PauseEntry[]> {
  if (status !== 'pending' && status !== 'parked') return [];
  const { pauses } = await api.pauses();
  return pauses.filter(({ kind, name }) => name === (kind === 'type' ? type : lane));
}

/** For the test that repeats a failure. */
async function configOf({ api }: Visit, { plugin, error, status }: Job): Promise<Record<string, unknown> | null> {
  if (plugin === null || error === null || status === 'completed') return null;
  const { plugins } = await api.plugins();
  const found = plugins.find(({ name }) => name === plugin);
  return found === undefined ? null : changedConfig(found.config, found.configSchema);
}
