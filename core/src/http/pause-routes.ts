// The addresses of pauses: types and lanes whose jobs are kept waiting.
import { JobsError } from '@phraseworks/sdk';
import type { NewPause } from '../jobs/pause-control.ts';
import type { HttpDeps, Subject } from './deps.ts';
import { PauseBody } from './requests.ts';
import { type Route, route } from './route.ts';

export function pauseRoutes({ host: { pauses }, typeOf }: HttpDeps): Route[] {
  const paused = (kind: string, name: string): Subject =>
    kind === 'type' ? { type: name, plugin: typeOf(name)?.plugin ?? null } : {};

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
        const { user = null } = await ask(paused(body.kind, body.name));
        return c.json(await pauses.pause({ ...body, by: user } as NewPause), 201);
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
        await ask(paused(kind, name));
        if (kind !== 'lane' && kind !== 'type')
          throw new JobsError('NOT_FOUND', 'What is paused is a lane or a type: api/pauses lists them.');
        await pauses.resume(kind, name);
        return c.body(null, 204);
      },
    ),
  ];
}
