// The processes on the database: heartbeat, slots, types and running jobs.
/** @jsxImportSource hono/jsx */

import type { Job, NodeInfo } from '@phraseworks/sdk';
import { maskedJobs } from '../job/secrets.ts';
import type { Page } from '../layout.tsx';
import { JobLines } from '../list/job-lines.tsx';
import { Empty, Head, Table, typeLinks } from '../parts.tsx';
import { StateMark } from '../state.tsx';
import { count, number } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const MOST_JOBS = 50;
const SHORT_ID = 8;

export async function nodesPage(visit: Visit): Promise<Page> {
  const { actor, now } = visit;
  const [nodes, { jobs }, metrics, offered] = await Promise.all([
    visit.nodes.list(actor),
    visit.jobs.list(actor, { status: 'processing', limit: MOST_JOBS, brief: true }),
    visit.nodes.metrics(actor),
    visit.types.list(actor),
  ]);
  const workerOf = ({ worker }: Job): string => {
    const node = nodes.length > 1 && nodes.find(({ id }) => id === worker);
    return node ? `, on ${nameOf(node)} (PID ${node.pid})` : '';
  };
  return {
    title: 'Workers',
    follows: {},
    children: (
      <>
        <Head title="Workers" />
        <p class="faint">Processes connected to this database.</p>
        {metrics.stuck === 0 ? null : (
          <div class="note bad" role="alert">
            <h2>{`${count(metrics.stuck, 'attempt is', 'attempts are')} stuck here`}</h2>
            <p>
              These jobs did not stop when asked. Their code may still be running; restart the process to end it. The
              processor should listen to its signal.
            </p>
          </div>
        )}
        {nodes.length === 0 ? (
          <Empty icon="workers" text="No process is connected." />
        ) : (
          <Table
            caption="Workers"
            name="nodes"
            rows={nodes}
            keyOf={({ id }) => id}
            idOf={({ id }) => `node-${id}`}
            columns={[
              { label: 'Worker', names: true, cell: (node) => <Name node={node} /> },
              {
                label: 'State',
                cell: ({ live }) => <StateMark state={live ? 'on' : 'failed'} text={live ? 'Online' : 'Offline'} />,
              },
              { label: 'Heartbeat', cell: ({ heartbeatAt }) => <When at={heartbeatAt} now={now} /> },
              { label: 'Slots', classOf: () => 'short', cell: (node) => <Slots node={node} /> },
              { label: 'Types', cell: ({ types }) => typeLinks(visit, types) },
              { label: 'Started', cell: ({ startedAt }) => <When at={startedAt} now={now} /> },
            ]}
          />
        )}
        <section aria-labelledby="running">
          <h2 id="running">Running jobs</h2>
          {jobs.length === 0 ? (
            <p class="faint">No running jobs.</p>
          ) : (
            <JobLines
              visit={visit}
              jobs={maskedJobs(jobs, offered)}
              about={(job) => (
                <>
                  {job.type}, <When at={job.startedAt ?? job.createdAt} now={now} />
                  {workerOf(job)}
                </>
              )}
            />
          )}
          {jobs.length > 0 && metrics.processing > jobs.length ? (
            <p>
              <a href={visit.to('/', { status: 'processing' })}>{`${number(metrics.processing - jobs.length)} more`}</a>
            </p>
          ) : null}
        </section>
      </>
    ),
  };
}

const nameOf = ({ hostname, id }: NodeInfo): string => hostname ?? id.slice(-SHORT_ID);

const Name = ({ node }: { node: NodeInfo }) => (
  <>
    {nameOf(node)}
    <small title={node.id}>{[`PID ${node.pid}`, node.version ?? [], node.roles.join(', ')].flat().join(', ')}</small>
  </>
);

const Slots = ({ node: { slots, running } }: { node: NodeInfo }) =>
  slots === 0 ? (
    <span class="faint">runs no jobs</span>
  ) : (
    <>
      {`${running} of ${slots}`}
      <meter min={0} max={slots} value={running} aria-hidden="true" />
    </>
  );
