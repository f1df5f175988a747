// The activity log for administrators: actions of users, newest first.
/** @jsxImportSource hono/jsx */
import { JobsError, type LogEntry } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { given, jobPath, pluginPath, schedulePath, typePath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { cursorOf, Pager, pagesAround } from '../navigation.tsx';
import { Empty, Head, Options, Readable, Table } from '../parts.tsx';
import { JOB_ID, shortId, shown } from '../text.ts';
import { When } from '../time.tsx';
import type { Visit } from '../visit.ts';

const ACTIONS = new Map(
  Object.entries({
    addJobs: 'added jobs',
    bulk: 'bulk action',
    cancelJob: 'cancelled a job',
    signalJob: 'sent a signal to a job',
    retryJob: 'retried a job',
    runJob: 'ran a job now',
    deleteJob: 'deleted a job',
    updateJobProgress: 'updated the progress of a job',
    scheduleJob: 'saved a schedule',
    changeSchedule: 'changed a schedule',
    unscheduleJob: 'deleted a schedule',
    runSchedule: 'ran a schedule now',
    pauseSchedule: 'paused a schedule',
    resumeSchedule: 'resumed a schedule',
    enablePlugin: 'enabled a plugin',
    disablePlugin: 'disabled a plugin',
    configurePlugin: 'changed the settings of a plugin',
    pluginRoute: 'ran a plugin action',
    pause: 'paused',
    resume: 'resumed',
    purgePlugin: 'deleted the data of a plugin',
    pluginCommand: 'ran a command of a plugin',
  }),
);

const PAGE = 100;
const LONGEST = 300;

export async function logPage(visit: Visit): Promise<Page> {
  if (!visit.may.administer) throw new JobsError('FORBIDDEN', 'Only administrators can view the activity log.');
  const { action = '', q = '' } = visit.query;
  const before = /^\d{1,15}$/.exec(cursorOf(visit) ?? '')?.[0];
  const { entries, nextBefore } = await visit.audit.list(visit.actor, {
    limit: PAGE,
    ...given({ action, q: q.trim(), before: before === undefined ? undefined : Number(before) }),
  });
  const isFiltered = action + q !== '';
  return {
    title: 'Activity log',
    children: (
      <>
        <Head title="Activity log" />
        <p class="faint">Actions by users, newest first.</p>
        <form method="get" action={visit.to('/log')} class="buttons inline">
          <label>
            Action
            <select name="action">
              <Options all={[['', 'any'], ...ACTIONS]} chosen={action} />
            </select>
          </label>
          <label>
            User, target or detail
            <input type="search" name="q" value={q} maxlength={200} />
          </label>
          <button type="submit">Apply</button>
        </form>
        {entries.length === 0 ? (
          <Empty
            icon="log"
            text={
              isFiltered ? 'No matching activity.' : before === undefined ? 'No activity yet.' : 'No older activity.'
            }
          />
        ) : (
          <Table
            caption="Activity log"
            name="deeds"
            rows={entries}
            keyOf={({ id }) => String(id)}
            columns={[
              { label: 'When', cell: ({ at }) => <When at={at} now={visit.now} /> },
              {
                label: 'Who',
                cell: ({ user }) => (user === null ? <span class="faint">Unknown user</span> : shown(user, LONGEST)),
              },
              { label: 'Action', cell: ({ action }) => ACTIONS.get(action) ?? shown(action, LONGEST) },
              {
                label: 'On',
                cell: (entry) => (
                  <>
                    <Target visit={visit} entry={entry} />
                    {entry.detail === null ? null : (
                      <small>
                        <Readable visit={visit} text={shown(entry.detail, LONGEST)} />
                      </small>
                    )}
                  </>
                ),
              },
            ]}
          />
        )}
        <Pager {...pagesAround(visit, nextBefore === null ? null : String(nextBefore))} />
      </>
    ),
  };
}

/** Links to the job, type, plugin or schedule. */
function Target({ visit: { to }, entry: { action, target } }: { visit: Visit; entry: LogEntry }): Child {
  if (target === null || target === '') return null;
  const text = JOB_ID.test(target) ? <code title={target}>{shortId(target)}</code> : shown(target, LONGEST);
  const path = pageOf(action, target);
  return path === undefined ? text : <a href={to(path)}>{text}</a>;
}

function pageOf(action: string, target: string): string | undefined {
  if (action === 'deleteJob' || action === 'unscheduleJob') return undefined;
  if (action === 'pluginRoute') return pluginPath(target.split('/')[2] ?? '');
  if (action === 'pause' || action === 'resume')
    return target.startsWith('type/') ? typePath(target.slice(5)) : undefined;
  if (/schedule/i.test(action)) return schedulePath(target);
  if (/Plugin$/.test(action)) return pluginPath(target);
  return /job|bulk/i.test(action) && /^[\w-]{20,64}$/.test(target) ? jobPath(target) : undefined;
}
