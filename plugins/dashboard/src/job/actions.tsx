// The buttons of a job; a disabled one says why.
/** @jsxImportSource hono/jsx */
import type { Job, PauseInfo, PluginStatus } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import { BULK_TYPE, PauseBox } from '../list/pauses.tsx';
import { switchOf, titleOf } from '../plugin/facts.tsx';
import { isOver, parkedBecause } from '../state.tsx';
import { capital } from '../text.ts';
import { msOf } from '../time.tsx';
import type { Visit } from '../visit.ts';

type ActionName = 'run' | 'retry' | 'edit' | 'cancel' | 'duplicate' | 'remove';

interface Action {
  name: ActionName;
  label: string;
  /** Why it is disabled; null if it is enabled. */
  not: string | null;
}

type Subject = Pick<Job, 'status' | 'reason' | 'runAt'>;

export interface Around {
  /** `parked`: nothing can run its type now. */
  typeState: 'ready' | 'parked';
  /** Its type or its plugin is paused. */
  paused: boolean;
  now: number;
}

function actionsOf(job: Subject, around: Around): Action[] {
  const retry = notRetry(job, around);
  return [
    { name: 'run', label: 'Run now', not: notRun(job, around) },
    { name: 'retry', label: job.status === 'completed' ? 'Run again' : 'Retry', not: retry },
    { name: 'edit', label: 'Edit data and retry', not: retry },
    { name: 'cancel', label: 'Cancel', not: isOver(job.status) ? 'Already finished' : null },
    { name: 'duplicate', label: 'Duplicate', not: null },
    { name: 'remove', label: 'Delete', not: job.status === 'processing' ? 'Running: cancel it first' : null },
  ];
}

function notRun({ status, reason, runAt }: Subject, { paused, now }: Around): string | null {
  switch (status) {
    case 'processing':
      return 'Already running';
    case 'pending':
      if (paused) return capital(parkedBecause('paused'));
      return runAt !== null && msOf(runAt) > now ? null : 'Next in line';
    case 'parked':
      return capital(parkedBecause(reason));
    case 'blocked':
      return reason === 'limit' ? 'Waits for a place at its limit' : 'Waits for another job of its key';
    default:
      return 'Already finished';
  }
}

function notRetry({ status }: Subject, { typeState }: Around): string | null {
  if (!isOver(status)) return 'Still in progress';
  return typeState === 'parked' ? 'This job type cannot run now' : null;
}

interface ButtonsProps {
  visit: Visit;
  job: Job;
  typeState: 'ready' | 'parked';
  /** Of its type and plugin. */
  pauses: readonly PauseInfo[];
  /** Known for a finished job. */
  plugin: PluginStatus | undefined;
}

const needs = (name: ActionName): 'add' | 'operate' => (name === 'duplicate' ? 'add' : 'operate');

export function Buttons({ visit, job, typeState, pauses, plugin }: ButtonsProps) {
  const actions = actionsOf(job, { typeState, paused: pauses.length > 0, now: visit.now })
    .filter(({ name }) => visit.may[needs(name)])
    // The box above shows it, with the reason for the wait.
    .filter(({ name, not }) => name !== 'run' || not !== null);
  const reasons = [...new Set(actions.flatMap(({ not }) => not ?? []))];
  if (actions.length === 0) return null;
  return (
    <section class="actions" aria-label="Actions">
      <div class="buttons">
        {actions.map((action) =>
          action.not === null ? (
            <Possible visit={visit} job={job} action={action} />
          ) : (
            <button type="button" disabled aria-describedby={`not-${reasons.indexOf(action.not)}`}>
              {action.label}
            </button>
          ),
        )}
        {plugin && switchOf(plugin) === 'enable' ? (
          <ActButton
            visit={visit}
            label={`Enable ${titleOf(plugin)}`}
            on={{ kind: 'plugin', name: plugin.name, step: 'enable' }}
            job={job.id}
          />
        ) : null}
        {job.type === BULK_TYPE || pauses.some(({ kind }) => kind === 'type') ? null : (
          <PauseBox visit={visit} kind="type" name={job.type} back={{ atJob: job.id }} />
        )}
      </div>
      {reasons.length === 0 ? null : (
        <ul class="not-now">
          {reasons.map((reason, i) => (
            <li id={`not-${i}`}>
              {actions.flatMap(({ label, not }) => (not === reason ? [label] : [])).join(', ')}: {reason}.
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Possible({ visit, job, action: { name, label } }: { visit: Visit; job: Job; action: Action }): Child {
  if (name === 'edit' || name === 'duplicate') {
    const href = name === 'edit' ? visit.to(`${jobPath(job.id)}/edit`) : visit.to('/add', { from: job.id });
    return (
      <a class="button" data-key={name} href={href}>
        {label}
      </a>
    );
  }
  const step = name === 'remove' ? 'delete' : name;
  const on = { kind: 'job', name: job.id, step } as const;
  return <ActButton visit={visit} label={label} on={on} confirm={questionBefore(name, job)} />;
}

function questionBefore(name: ActionName, { status }: Job): string | undefined {
  if (name === 'remove') return 'This permanently deletes the job with its data, result, log and files.';
  return name === 'cancel' && status === 'processing' ? 'The job is running and will be asked to stop.' : undefined;
}
