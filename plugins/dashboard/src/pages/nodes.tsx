// The processes that work on the database: whether they are heard of, what they take, and what they run now.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import { jobPath } from '../address.ts';
import { Bar } from '../job/progress.tsx';
import { safeJobs } from '../job/safe-jobs.ts';
import type { Page } from '../layout.tsx';
import { type NodeEntry, readNodes } from '../metrics/read.ts';
import { summaryOf } from '../summary.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const MOST_JOBS = 50;
const MOST_LANES = 8;
const SHORT_ID = 8;

export async function nodesPage(visit: Visit): Promise<Page> {
  const { api } = visit;
  const words = visit.words.nodes;
  const [nodes, { jobs }, metrics, { types }] = await Promise.all([
    readNodes(api),
    api.jobs({ status: 'processing', limit: String(MOST_JOBS) }),
    api.metrics(),
    api.types(),
  ]);
  return {
    title: words.title,
    follows: {},
    children: (
      <>
        <h1>{words.title}</h1>
        <p class="faint">{words.about}</p>
        {metrics.stuck === 0 ? null : (
          <div class="stuck" role="alert">
            <h2>{words.stuckTitle(metrics.stuck)}</h2>
            <p>{words.stuck}</p>
          </div>
        )}
        {nodes.length === 0 ? (
          <div class="empty">
            <p>{words.none}</p>
          </div>
        ) : (
          <NodeTable visit={visit} nodes={nodes} />
        )}
        <section aria-labelledby="running">
          <h2 id="running">{words.running}</h2>
          <Running visit={visit} jobs={safeJobs(jobs, types)} nodes={nodes} all={metrics.processing} />
        </section>
      </>
    ),
  };
}

const nameOf = ({ hostname, id }: NodeEntry): string => hostname ?? id.slice(-SHORT_ID);
const stateOf = ({ live, draining }: NodeEntry): 'live' | 'draining' | 'lost' =>
  live ? (draining ? 'draining' : 'live') : 'lost';
/** How the mark of the state looks. */
const MARKS = { live: 'on', draining: 'stopping', lost: 'failed' } as const;

function NodeTable({ visit, nodes }: { visit: Visit; nodes: readonly NodeEntry[] }) {
  const words = visit.words.nodes;
  return (
    <table class="plain roomy nodes">
      <caption class="hidden">{words.title}</caption>
      <thead>
        <tr>
          {[words.node, words.state, words.heartbeat, words.slots, words.lanes, words.started].map((head) => (
            <th scope="col">{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {nodes.map((node) => (
          <Row visit={visit} node={node} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ visit: { words: all, now }, node }: { visit: Visit; node: NodeEntry }) {
  const words = all.nodes;
  const { id, pid, version, roles, lanes, types, slots, running, startedAt, heartbeatAt } = node;
  const names = Object.entries(lanes);
  const state = stateOf(node);
  return (
    <tr data-key={id}>
      <th scope="row">
        {nameOf(node)}
        <small title={id}>
          {[words.pid(pid), ...(version === null ? [] : [version]), roles.join(', ')].join(', ')}
        </small>
      </th>
      <td data-label={words.state}>
        <span class={`state ${MARKS[state]}`}>{words.states[state]}</span>
      </td>
      <td data-label={words.heartbeat}>
        <When at={heartbeatAt} now={now} />
      </td>
      <td data-label={words.slots}>
        {slots === 0 ? (
          <span class="faint">{words.noWorker}</span>
        ) : (
          <>
            {words.slotsText(running, slots)}
            <meter min={0} max={slots} value={running} aria-hidden="true" />
          </>
        )}
      </td>
      <td data-label={words.lanes}>
        {names
          .slice(0, MOST_LANES)
          .map(([name, limit]) => words.limit(name, limit))
          .join(', ')}
        {names.length > MOST_LANES ? `, ${words.more(names.length - MOST_LANES)}` : ''}
        {types.length === 0 ? null : <small title={types.join(', ')}>{words.types(types.length)}</small>}
      </td>
      <td data-label={words.started}>
        <When at={startedAt} now={now} />
      </td>
    </tr>
  );
}

interface RunningProps {
  visit: Visit;
  jobs: readonly Job[];
  nodes: readonly NodeEntry[];
  all: number;
}

function Running({ visit: { to, now, words }, jobs, nodes, all }: RunningProps) {
  if (jobs.length === 0) return <p class="faint">{words.nodes.runningNone}</p>;
  return (
    <>
      <ul class="running">
        {jobs.map((job) => {
          const node = nodes.find(({ id }) => id === job.worker);
          return (
            <li data-key={job.id}>
              <a href={to(jobPath(job.id))}>{summaryOf(job)}</a>{' '}
              <small>
                {job.type}
                {job.startedAt === null ? null : (
                  <>
                    , <When at={job.startedAt} now={now} />
                  </>
                )}
                {node && nodes.length > 1 ? `, ${words.nodes.onNode(`${nameOf(node)} ${node.pid}`)}` : ''}
              </small>
              {job.progress ? <Bar progress={job.progress} words={words} /> : null}
            </li>
          );
        })}
      </ul>
      {all > jobs.length ? (
        <p>
          <a href={to('/', { status: 'processing' })}>{words.nodes.more(all - jobs.length)}</a>
        </p>
      ) : null}
    </>
  );
}
