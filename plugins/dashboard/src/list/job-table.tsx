// The rows of the list. On a narrow screen each row is a card.
/** @jsxImportSource hono/jsx */
import { formatDuration, type Job } from '@phraseworks/sdk';
import { jobPath, typePath } from '../address.ts';
import { Bar, isRetrying, JobMark, presentError, StateDetail } from '../state.tsx';
import { firstLine, shown, summaryOf } from '../text.ts';
import { between, When } from '../time.tsx';
import { type OnList, ORDERS, sortOf } from './filters.tsx';

/** The id of the form that the checkboxes belong to. */
export const CHOSEN_FORM = 'chosen';

/** A job that was deleted, or cannot be read any more, while the list showed it. */
type Gone = Pick<Job, 'id'>;

interface TableProps extends OnList {
  jobs: readonly (Job | Gone)[];
  /** Show checkboxes. */
  boxes: boolean;
  /** The types whose jobs can run. */
  ready: ReadonlySet<string>;
  /** Running jobs come first. */
  runningFirst: boolean;
}

export function JobTable({ visit, jobs, boxes, list, ready, runningFirst }: TableProps) {
  const sort = sortOf(list);
  const added = sort === 'newest' ? 'descending' : sort === 'oldest' ? 'ascending' : undefined;
  return (
    <table class="jobs">
      <caption class="hidden">{`Jobs, ${runningFirst ? 'running ones first, then ' : ''}${ORDERS[sort]}`}</caption>
      <thead>
        <tr>
          {boxes ? (
            <th scope="col" class="box">
              <input
                type="checkbox"
                id="choose-all"
                class="scripted"
                aria-label="Select all on this page"
                autocomplete="off"
              />
            </th>
          ) : null}
          {list.status === 'delayed' ? (
            <th scope="col" aria-sort={sort === 'due' ? 'ascending' : undefined}>
              <a href={visit.to('/', { ...list, sort: 'due' })}>Due</a>
            </th>
          ) : (
            <th scope="col">State</th>
          )}
          <th scope="col">Type</th>
          <th scope="col">Summary</th>
          {['Attempt', 'Duration'].map((label) => (
            <th scope="col" class="number">
              {label}
            </th>
          ))}
          <th scope="col" class="number" aria-sort={sort === 'ended' ? 'descending' : added}>
            {sort === 'ended' ? (
              'Ended'
            ) : (
              <a href={visit.to('/', { ...list, sort: sort === 'newest' ? 'oldest' : 'newest' })}>Added</a>
            )}
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) =>
          'type' in job ? (
            <JobRow visit={visit} job={job} boxes={boxes} list={list} canRun={ready.has(job.type)} />
          ) : (
            <tr data-key={job.id}>
              <td colspan={boxes ? 7 : 6} class="faint">
                No longer available
              </td>
            </tr>
          ),
        )}
      </tbody>
    </table>
  );
}

interface RowProps extends OnList {
  job: Job;
  boxes: boolean;
  canRun: boolean;
}

function JobRow({ visit, job, boxes, list, canRun }: RowProps) {
  const { to, now, may } = visit;
  const isDue = list.status === 'delayed' && job.runAt !== null;
  const error = presentError(job);
  const summary = summaryOf(job);
  return (
    <>
      <tr data-key={job.id}>
        {boxes ? (
          <td class="box">
            <input
              type="checkbox"
              form={CHOSEN_FORM}
              name="id"
              value={job.id}
              aria-label={`Select ${summary}`}
              autocomplete="off"
            />
          </td>
        ) : null}
        <td class="state-cell">
          {isDue ? <When at={job.runAt ?? ''} now={now} due /> : <JobMark job={job} now={now} />}
        </td>
        <td class="type">
          <a href={to(typePath(job.type))}>{job.type}</a>
        </td>
        <td class="what">
          <a href={to(jobPath(job.id))}>{summary}</a>
          {isDue && !isRetrying(job) ? null : <StateDetail job={job} now={now} />}
          {error === null || list.status !== undefined ? null : (
            <small class="error" title={shown(error)}>
              {firstLine(error)}
            </small>
          )}
          {job.status === 'processing' && job.progress ? <Bar progress={job.progress} /> : null}
        </td>
        <td class="number tries">{job.attempt === 0 ? '' : attemptOf(job)}</td>
        <td class="number took">{tookOf(job, now)}</td>
        <td class="number added">
          <When at={(list.by && job.finishedAt) ?? job.createdAt} now={now} />
        </td>
      </tr>
      {/* The whole error, below its job: only where all rows have one, since a row that grows moves the others. */}
      {error === null || list.status === undefined ? null : (
        <tr class="more" id={`error-${job.id}`}>
          <td />
          <td colspan={boxes ? 6 : 5}>
            <div>
              <code class="error">{shown(error)}</code>
              {job.status === 'failed' && canRun && may.operate ? (
                <a href={to(`${jobPath(job.id)}/edit`)}>Edit and retry</a>
              ) : null}
            </div>
          </td>
        </tr>
      )}
    </>
  );
}

/** `2 / 4`. A job that was retried by hand may have more attempts than its retries allow. */
export const attemptOf = ({ attempt, maxRetries }: Pick<Job, 'attempt' | 'maxRetries'>): string =>
  `${attempt} / ${Math.max(maxRetries + 1, attempt)}`;

/** The duration of the last attempt. Empty for cancelled jobs, which may have waited after it. */
function tookOf(job: Job, now: number): string {
  if (job.startedAt === null || !['processing', 'completed', 'failed'].includes(job.status)) return '';
  return formatDuration(between(job.startedAt, job.finishedAt, now));
}
