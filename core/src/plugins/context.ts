// The context for a plugin's init().
import {
  type Actor,
  JobsError,
  type Needs,
  Pages,
  type PluginClock,
  type PluginContext,
  type Token,
} from '@phraseworks/sdk';
import type { DependencyContainer } from 'tsyringe';
import { type Clock, iso, yieldToEventLoop } from '../kernel/clock.ts';
import { named } from '../kernel/logger.ts';
import { runningJob } from '../queue/attempt.ts';
import type { Running } from './running.ts';
import type { Services } from './services.ts';
import type { Shared } from './shared.ts';

const PANEL_ID = /^[a-z0-9][a-z0-9-]{0,49}$/;

/** Its functions are bound, so that `init({ registerProcessor })` works. */
export function createContext(shared: Shared, owner: Running, container: DependencyContainer): PluginContext {
  const { name, config, definition, api, scope, apps, panels } = owner;
  const { services, databases, options } = shared;
  const read = (token: Token<unknown>): unknown =>
    token.key === Pages.key ? apps.get('pages') : readNeed(token, services);
  const needs = liveNeeds(definition.needs, read);
  for (const token of Object.values(definition.needs)) container.register(token.key, { useFactory: () => read(token) });

  return {
    ...api.functions,
    name,
    config,
    needs: needs as PluginContext['needs'],
    log: named(shared.log, name),
    clock: scopedClock(shared.clock, owner),
    db: databases.of(name),
    signal: scope.signal,
    container,
    get routes() {
      return apps.get('routes');
    },
    get publicRoutes() {
      return apps.get('public');
    },
    get guarded() {
      return apps.get('guarded');
    },
    authorize: async (c, action, about) => {
      const { actor } = c.var as { actor?: Actor };
      if (!actor)
        throw new JobsError('INVALID_STATE', 'ctx.authorize() needs the context that a route of the plugin received.');
      if (action) await actor.require(action, about);
      return actor;
    },
    request: async (path, init) => {
      if (!/^(get|head)$/i.test(init?.method ?? 'get')) databases.inside.refuse('ctx.request() was called');
      return options.request(path, init);
    },
    provide: (token, service) => {
      scope.assertOpen('provide');
      if (!definition.provides.some(({ key }) => key === token.key)) {
        throw new JobsError(
          'INVALID_STATE',
          `the plugin "${name}" provides ${token.id}, which is missing from its \`provides\``,
        );
      }
      scope.add(services.provide(name, token, service), 'services', token.id);
    },
    wrap: api.wrap,
    joinAdditions: (joiner) => {
      scope.assertOpen('joinAdditions');
      const charge = (error: unknown) => owner.charge(error, 'joining an addition');
      return scope.add(shared.queue.join({ joiner, enter: api.enter, charge }));
    },
    runningJob: () => runningJob.getStore()?.id ?? null,
    panel: (panel) => {
      scope.assertOpen('panel');
      if (!PANEL_ID.test(panel.id) || typeof panel.title !== 'string' || typeof panel.data !== 'function') {
        throw new JobsError(
          'INVALID_DATA',
          'A panel needs an id (lower-case letters, digits and dashes), a title and a function `data`.',
        );
      }
      if (panels.has(panel.id))
        throw new JobsError('INVALID_STATE', `the plugin "${name}" has two panels "${panel.id}"`);
      panels.set(panel.id, panel);
      scope.add(() => void panels.delete(panel.id), 'panels', panel.id);
    },
    defineLimit: (limit, rule) => {
      scope.assertOpen('defineLimit');
      scope.add(shared.registry.defineLimit(limit, rule, name));
    },
    command: (command) => {
      scope.assertOpen('command');
      owner.commands.push(command);
      scope.add(() => {}, 'commands', command.name);
    },
    onReady: (fn) => void owner.onReady.push(fn),
    onDisable: (fn) => {
      scope.assertOpen('onDisable');
      scope.add(() => api.enter(fn));
    },
  };
}

/** Resolves at every access: optional services come and go while the plugin runs. */
function liveNeeds(needs: Needs, read: (token: Token<unknown>) => unknown): object {
  const entries = Object.entries(needs).map(
    ([key, token]) => [key, { enumerable: true, get: () => read(token) }] as const,
  );
  return Object.defineProperties({}, Object.fromEntries(entries));
}

function readNeed(token: Token<unknown>, services: Services): unknown {
  const service = services.get(token);
  if (service !== undefined || token.optional) return service;
  throw new JobsError('UNAVAILABLE', `${token.id} is unavailable: no running plugin provides it`);
}

/** Timers end with the scope; their errors are charged to the plugin. */
function scopedClock(clock: Clock, { scope, api, charge }: Running): PluginClock {
  return {
    now: () => clock.now(),
    iso: (ms = clock.now()) => iso(ms),
    rest: () => yieldToEventLoop(clock),
    after: (ms, fn) => {
      // While it is being switched off, so that what it does last can be limited.
      const refusal = scope.refusal('clock.after');
      if (refusal) throw refusal;
      let forget = (): unknown => undefined;
      const cancel = clock.after(ms, () => {
        forget();
        const run = async () => api.begin(fn);
        run().catch((error: unknown) => charge(error, 'a timer'));
      });
      forget = scope.add(cancel, 'timers');
      return () => void forget();
    },
  };
}
