// What can be done with a job now: one button, and a menu with the rest. What is not possible is not shown.
/** @jsxImportSource hono/jsx */
import type { Job, PauseInfo, PluginStatus } from '@phraseworks/sdk';
import { ActButton } from '../act.tsx';
import { jobPath } from '../address.ts';
import { Icon } from '../icons.tsx';
import { PauseBox } from '../list/pauses.tsx';
import { Menu } from '../parts.tsx';
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
  return (
    <>
      <Primary visit={visit} job={job} canRetry={canRetry} plugin={plugin} />
      {may.add || may.operate ? (
        <Menu name="more" label="More" icon="more">
          {canRetry && may.operate ? (
            <a href={to(`${jobPath(id)}/edit`)}>
              <Icon name="edit" />
              Edit data and retry
            </a>
          ) : null}
          {may.add ? (
            <a href={to('/add', { from: id })}>
              <Icon name="copy" />
              Duplicate
            </a>
          ) : null}
          <PauseBox visit={visit} kind="type" name={type} pauses={pauses} />
          {status === 'processing' ? null : (
            <ActButton
              visit={visit}
              label="Delete"
              icon="delete"
              on={{ kind: 'job', name: id, step: 'delete' }}
              confirm="This permanently deletes the job with its data, result, log and files."
            />
          )}
        </Menu>
      ) : null}
    </>
  );
}

interface PrimaryProps extends Omit<ActionsProps, 'typeState' | 'pauses'> {
  canRetry: boolean;
}

function Primary({ visit, job: { id, status }, canRetry, plugin }: PrimaryProps) {
  if (plugin && switchOf(plugin) === 'enable') {
    const on = { kind: 'plugin', name: plugin.name, step: 'enable' } as const;
    return <ActButton visit={visit} label={`Enable ${titleOf(plugin)}`} icon="run" on={on} primary />;
  }
  if (canRetry) {
    const on = { kind: 'job', name: id, step: 'retry' } as const;
    const again = status === 'completed';
    return <ActButton visit={visit} label={again ? 'Run again' : 'Retry'} icon="retry" on={on} primary={!again} />;
  }
  if (isOver(status)) return null;
  const confirm = status === 'processing' ? 'The job is running and will be asked to stop.' : undefined;
  const on = { kind: 'job', name: id, step: 'cancel' } as const;
  return <ActButton visit={visit} label="Cancel" icon="close" on={on} confirm={confirm} />;
}
