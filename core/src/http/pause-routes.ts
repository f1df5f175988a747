// The addresses of pauses: types and lanes whose jobs are kept waiting.
import { JobsError } from '@phraseworks/sdk';
import type { NewPause } from '../queue/pause-control.ts';
import type { HttpDeps, Subject } from './deps.ts';
import { PauseBody } from './requests.ts';
import { type Route, route } from './route.ts';

export function pauseRoutes({ host, typeOf }: HttpDeps): Route[] {
  const { pauses } = host;
  /** The types whose jobs a pause keeps waiting; a lane that no type has is asked about as a whole. */
  const paused = (kind: string, name: string): Subject[] => {
    if (kind === 'type') return [{ type: name, plugin: typeOf(name)?.plugin ?? null }];
    const inLane = host.types().filter(({ lane }) => lane === name || lane?.startsWith(`${name}/`));
    return inLane.length === 0 ? [{}] : inLane.map(({ type, plugin }) => ({ type, plugin }));
  };

  return [
    route(
      {
        id: 'listPauses',
        method: 'get',
        path: '/api/pauses',
        group: 'Jobs',
        summary: 'List the types and lanes that are paused, with the jobs that wait.',
        action: 'view',
        limited: true,
        answer: { status: 200, schema: 'Pauses', about: 'All pauses, the oldest first.' },
      },
      async ({ c }) => c.json({ pauses: await pauses.list() }),
    ),
    route(
      {
        id: 'pause',
        method: 'post',
        path: '/api/pauses',
        group: 'Jobs',
        summary: 'Pause a type or a lane: what runs ends, what waits and what comes is kept.',
        action: 'operate',
        later: true,
        body: { name: 'NewPause', form: () => PauseBody },
        deed: ({ kind, name }) => ({ target: `${kind}/${name}` }),
        answer: { status: 201, schema: 'Pause', about: 'The pause; the first one where it was paused already.' },
        errors: ['UNKNOWN_TYPE', 'NOT_FOUND'],
      },
      async ({ c, body, ask }) => {
        const asked = await Promise.all(paused(body.kind, body.name).map((subject) => ask(subject)));
        return c.json(await pauses.pause({ ...body, by: asked[0]?.user ?? null } as NewPause), 201);
      },
    ),
    route(
      {
        id: 'resume',
        method: 'delete',
        path: '/api/pauses/:kind/:name',
        alias: '/api/pauses/:kind/:plugin/:name',
        group: 'Jobs',
        summary: 'Resume a type or a lane, and the schedules that were paused with it.',
        action: 'operate',
        later: true,
        answer: { status: 204, about: 'What waited comes back in its order.' },
        errors: ['NOT_FOUND'],
      },
      async ({ c, param, ask }) => {
        const name = param('plugin') === '' ? param('name') : `${param('plugin')}/${param('name')}`;
        const kind = param('kind');
        await Promise.all(paused(kind, name).map((subject) => ask(subject)));
        if (kind !== 'lane' && kind !== 'type')
          throw new JobsError('NOT_FOUND', 'What is paused is a lane or a type: api/pauses lists them.');
        await pauses.resume(kind, name);
        return c.body(null, 204);
      },
    ),
  ];
}
