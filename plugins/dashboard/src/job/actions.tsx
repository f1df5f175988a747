// What can be done with a job now: one button, and a menu with the rest. What is not possible is not shown.
/** @jsxImportSource hono/jsx */
import type { Job, PauseInfo, PluginStatus } from '@phraseworks/sdk';
import type { Child } from 'hono/jsx';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import { BULK_TYPE, PauseBox } from '../list/pauses.tsx';
import { switchOf, titleOf } from '../plugin/facts.tsx';
import { isOver } from '../state.tsx';
import type { Visit } from '../visit.ts';

interface ActionsProps {
  visit: Visit;
  job: Job;
  /** `parked`: nothing can run its type now. */
  typeState: 'ready' | 'parked';
  /** Of its type and plugin. */
  pauses: readonly PauseInfo[];
  /** Known for a finished job. */
  plugin: PluginStatus | undefined;
}

/** The box that says why a job waits has the buttons that let it run. */
export function Actions({ visit, job, typeState, pauses, plugin }: ActionsProps) {
  const { to, may } = visit;
  const { id, status, type } = job;
  const canRetry = isOver(status) && typeState === 'ready';
  const on = (step: 'retry' | 'cancel' | 'delete') => ({ kind: 'job', name: id, step }) as const;
  const link = (label: string, href: string): Child => (
    <a class="button" data-key={label} href={href}>
      {label}
    </a>
  );
  const retry = canRetry ? (
    <ActButton visit={visit} label={status === 'completed' ? 'Run again' : 'Retry'} on={on('retry')} primary />
  ) : null;
  const cancel = isOver(status) ? null : (
    <ActButton
      visit={visit}
      label="Cancel"
      on={on('cancel')}
      confirm={status === 'processing' ? 'The job is running and will be asked to stop.' : undefined}
    />
  );
  const enable =
    plugin && switchOf(plugin) === 'enable' ? (
      <ActButton
        visit={visit}
        label={`Enable ${titleOf(plugin)}`}
        on={{ kind: 'plugin', name: plugin.name, step: 'enable' }}
        job={id}
      />
    ) : null;
  const canPause = type !== BULK_TYPE && !pauses.some(({ kind }) => kind === 'type');
  return (
    <section class="actions buttons" aria-label="Actions">
      {enable ?? retry ?? cancel}
      {may.add || may.operate ? (
        <details class="menu" data-key="more">
          <summary class="button">More</summary>
          <div class="drop">
            {canRetry && may.operate ? link('Edit data and retry', to(`${jobPath(id)}/edit`)) : null}
            {may.add ? link('Duplicate', to('/add', { from: id })) : null}
            {canPause ? <PauseBox visit={visit} kind="type" name={type} back={{ atJob: id }} /> : null}
            {status === 'processing' ? null : (
              <ActButton
                visit={visit}
                label="Delete"
                on={on('delete')}
                confirm="This permanently deletes the job with its data, result, log and files."
              />
            )}
          </div>
        </details>
      ) : null}
    </section>
  );
}
