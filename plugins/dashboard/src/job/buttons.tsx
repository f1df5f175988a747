// The buttons of a job: all of them, those that do nothing now with the reason.
/** @jsxImportSource hono/jsx */
import type { Job } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import type { Visit } from '../visit.ts';
import { type Action, type ActionName, actionsOf } from './actions.ts';

interface ButtonsProps {
  visit: Visit;
  job: Job;
  typeState: 'ready' | 'parked';
  /** Its type or its lane is paused. */
  paused: boolean;
}

const needs = (name: ActionName): 'add' | 'operate' => (name === 'duplicate' ? 'add' : 'operate');

export function Buttons({ visit, job, typeState, paused }: ButtonsProps) {
  const actions = actionsOf(job, { typeState, paused, now: visit.now })
    .filter(({ name }) => visit.may[needs(name)])
    // It is above, beside the reason why the job waits.
    .filter(({ name, not }) => name !== 'run' || not !== null);
  const impossible = actions.filter(({ not }) => not !== null);
  if (actions.length === 0) return null;
  return (
    <section class="actions" aria-label="Actions">
      <div class="buttons">
        {actions.map((action) =>
          action.not === null ? (
            <Possible visit={visit} job={job} action={action} />
          ) : (
            <button type="button" disabled aria-describedby={`not-${action.name}`}>
              {action.label}
            </button>
          ),
        )}
      </div>
      {impossible.length === 0 ? null : (
        <ul class="not-now">
          {impossible.map(({ name, label, not }) => (
            <li id={`not-${name}`}>
              {label}: {not}.
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Possible({ visit, job, action: { name, label } }: { visit: Visit; job: Job; action: Action }): Child {
  const on = { kind: 'job', name: job.id } as const;
  switch (name) {
    case 'edit':
      return (
        <a class="button" data-key={name} href={visit.to(`${jobPath(job.id)}/edit`)}>
          {label}
        </a>
      );
    case 'duplicate':
      return (
        <a class="button" data-key={name} href={visit.to('/add', { from: job.id })}>
          {label}
        </a>
      );
    case 'remove':
      return (
        <ActButton
          visit={visit}
          label={label}
          on={{ ...on, step: 'delete' }}
          confirm="This permanently deletes the job with its data, result, log and files."
        />
      );
    default:
      return <ActButton visit={visit} label={label} on={{ ...on, step: name }} />;
  }
}
