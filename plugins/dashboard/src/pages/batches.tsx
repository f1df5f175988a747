// The pages of batches: the list, and one with its bar, counts, failures and what is done when it ends.
/** @jsxImportSource hono/jsx */

import type { BatchInfo, Job } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { batchPath, given, jobPath } from '../address.ts';
import { JsonBox } from '../job/json-box.tsx';
import type { Page } from '../layout.tsx';
import { JobLines } from '../list/job-lines.tsx';
import { cursorOf, Pager, pagesAround } from '../navigation.tsx';
import { Empty, type Fact, Facts, Head, Table, Tabs, Trail } from '../parts.tsx';
import { Bar, StateMark } from '../state.tsx';
import { capital, count, number, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const LONGEST_NAME = 100;
const SHOWN = ['failed', 'open', 'cancelled', 'completed'] as const;

const ended = ({ counts: { completed, failed, cancelled } }: BatchInfo): number => completed + failed + cancelled;

/** Of its jobs, how many have ended. */
const BatchBar = ({ batch }: { batch: BatchInfo }) => {
  const { total } = batch.counts;
  return (
    <>
      {`${number(ended(batch))} of ${number(total)} ended`}
      <Bar progress={{ percentage: total === 0 ? 0 : (ended(batch) / total) * 100 }} />
    </>
  );
};

const Mark = ({ batch: { status } }: { batch: BatchInfo }) => (
  <StateMark state={status === 'open' || status === 'running' ? 'processing' : status} text={capital(status)} />
);

export async function batchesPage(visit: Visit): Promise<Page> {
  const { actor, to, now } = visit;
  const cursor = cursorOf(visit);
  const { batches, nextCursor } = await visit.batches.list(actor, given({ cursor }));
  return {
    title: 'Batches',
    follows: cursor === undefined ? {} : undefined,
    children: (
      <>
        <Head title="Batches" />
        {batches.length === 0 ? (
          <Empty text="No batches: jobs that were added together with addBatch()." />
        ) : (
          <Table
            caption="Batches"
            rows={batches}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'Name',
                names: true,
                cell: ({ id, name }) => <a href={to(batchPath(id))}>{shown(name, LONGEST_NAME)}</a>,
              },
              { label: 'State', cell: (batch) => <Mark batch={batch} /> },
              { label: 'Progress', cell: (batch) => <BatchBar batch={batch} /> },
              { label: 'Failed', number: true, cell: ({ counts }) => number(counts.failed) },
              { label: 'Added', cell: ({ createdAt }) => <When at={createdAt} now={now} /> },
            ]}
          />
        )}
        <Pager {...pagesAround(visit, nextCursor)} />
      </>
    ),
  };
}

export async function batchPage(visit: Visit, id: string): Promise<Page> {
  const { batches, actor, to, now, query } = visit;
  const batch = await batches.get(actor, id);
  const { name, data, counts, callbacks, error, status, createdAt, endedAt, task } = batch;
  const open = counts.total - ended(batch);
  const have = { ...counts, open };
  const first = SHOWN.find((one) => have[one] > 0) ?? 'completed';
  const which = SHOWN.find((one) => one === query.status) ?? first;
  const { jobs, nextCursor } = await batches.jobs(actor, id, { status: which, ...given({ cursor: cursorOf(visit) }) });
  return {
    title: shown(name, LONGEST_NAME),
    follows: {},
    children: (
      <article class="job">
        <Trail visit={visit} pages={{ '/batches': 'Batches' }} />
        <Head
          title={
            <>
              {shown(name, LONGEST_NAME)} <Mark batch={batch} />
            </>
          }
        >
          {task !== null || counts.failed === 0 ? null : (
            <ActButton
              visit={visit}
              label={`Retry ${count(counts.failed, 'failed job')}`}
              icon="retry"
              on={{ kind: 'batch', name: id, step: 'retry' }}
              primary
            />
          )}
          {task !== null || open === 0 ? null : (
            <ActButton
              visit={visit}
              label="Cancel"
              icon="close"
              on={{ kind: 'batch', name: id, step: 'cancel' }}
              confirm={`${count(open, 'job')} that ${open === 1 ? 'has' : 'have'} not ended will be cancelled, and no more can be added.`}
            />
          )}
        </Head>
        {error === null ? null : <p class="note bad">{`A job could not be added at its end: ${shown(error, 300)}`}</p>}
        {task === null ? null : (
          <p class="note">
            {task === 'cancel' ? 'Its jobs are being cancelled.' : 'Its failed jobs are being queued again.'}
          </p>
        )}
        <p class="progress">
          <BatchBar batch={batch} />
        </p>
        <Tabs
          label="Jobs"
          tabs={SHOWN.map((one) => ({
            text: `${one === 'open' ? 'Not ended' : capital(one)} ${number(have[one])}`,
            href: to(batchPath(id), { status: one }),
            isHere: one === which,
          }))}
        />
        <div class="columns">
          <div>
            {jobs.length === 0 ? (
              <Empty text="No jobs." />
            ) : (
              <JobLines visit={visit} jobs={jobs as Job[]} about={({ type }) => shown(type, LONGEST_NAME)} />
            )}
            <Pager {...pagesAround(visit, nextCursor, { status: which })} />
          </div>
          <aside aria-label="Details">
            <Facts
              rows={[
                ['ID', <code>{id}</code>],
                ['Jobs', count(counts.total, 'job')],
                ['Added', <When at={createdAt} now={now} />],
                ['Ended', endedAt === null ? null : <When at={endedAt} now={now} />],
                ...callbacks.map(({ on, type, jobId }): Fact => {
                  const added = shown(type, LONGEST_NAME);
                  return [`On ${on}`, jobId === null ? added : <a href={to(jobPath(jobId))}>{added}</a>];
                }),
              ]}
            />
            {data === null ? null : <JsonBox visit={visit} name="data" title="Data" value={data} />}
            {status === 'open' ? <p class="faint">More jobs may be added until it is closed.</p> : null}
          </aside>
        </div>
      </article>
    ),
  };
}
