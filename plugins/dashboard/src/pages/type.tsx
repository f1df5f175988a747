// The page of a job type: how its jobs are doing, and what can be done with them.
/** @jsxImportSource hono/jsx */
import { formatDuration, JobsError } from '@phraseworks/sdk';
import { pluginPath } from '../address.ts';
import type { Page } from '../layout.tsx';
import { PauseBox, PauseNotices, pausesOf } from '../list/pauses.tsx';
import { Facts, Head, LinkButton, Trail } from '../parts.tsx';
import { keptText } from '../plugin/facts.tsx';
import { reasonText } from '../state.tsx';
import { shown } from '../text.ts';
import { Activity, readActivity } from '../type/activity.tsx';
import type { Visit } from '../visit.ts';
import { Counts } from './metrics.tsx';

/** Throws `NOT_FOUND` for a type that no plugin has and that has no jobs. */
export async function typePage(visit: Visit, name: string): Promise<Page> {
  const { actor, to } = visit;
  const [types, metrics] = await Promise.all([visit.types.list(actor), visit.nodes.metrics(actor)]);
  const type = types.find((one) => one.type === name);
  const counts = metrics.types[name];
  if (!type && !counts) throw new JobsError('NOT_FOUND', 'No plugin has this job type, and it has no jobs.');
  const [activity, pauses] = await Promise.all([
    readActivity(visit, [name]),
    pausesOf(visit, { type: name, plugin: type?.plugin ?? null }),
  ]);
  return {
    title: name,
    follows: activity.range === '1h' ? { types: [name] } : undefined,
    children: (
      <article>
        <Trail visit={visit} pages={{ '/figures': 'Metrics' }} />
        <Head title={shown(name)}>
          <LinkButton href={to('/', { type: name })}>All jobs</LinkButton>
          <PauseBox visit={visit} kind="type" name={name} pauses={pauses} />
          {type?.mayAdd ? (
            <LinkButton href={to('/add', { type: name })} icon="add" primary>
              Add a job
            </LinkButton>
          ) : null}
        </Head>
        <PauseNotices visit={visit} pauses={pauses} />
        <Counts visit={visit} counts={counts} type={name} />
        <Activity visit={visit} activity={activity} />
        {type ? (
          <section aria-labelledby="settings">
            <h2 id="settings">Settings</h2>
            <Facts
              rows={[
                ['Plugin', type.plugin === null ? null : <a href={to(pluginPath(type.plugin))}>{type.plugin}</a>],
                ['Its jobs', type.state === 'ready' ? null : `wait: ${reasonText(type.reason)}`],
                ['Retries', type.maxRetries],
                ['Delay before a retry', type.retryDelay === null ? null : formatDuration(type.retryDelay)],
                ['Longest attempt', type.timeout === null ? null : formatDuration(type.timeout)],
                ['At once in a process', type.concurrency],
                ['Finished jobs are kept', keptText([type])],
              ]}
            />
          </section>
        ) : null}
      </article>
    ),
  };
}
