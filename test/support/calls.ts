// Every call that changes or shows a job: addresses, and the methods of the services, with an input that drives each.
import type { Action } from '@phraseworks/jobs';
import {
  AuditLog,
  Batches,
  BulkActions,
  definePlugin,
  Jobs,
  Limits,
  Nodes,
  Pauses,
  Plugins,
  Schedules,
  Types,
} from '@phraseworks/sdk';
import type { TestJobs } from '@phraseworks/testing';

/** Calls a service as a plugin would, for the caller of the request: the body is what comes after `who` and the id. */
export const direct = definePlugin({
  name: 'direct',
  needs: {
    jobs: Jobs,
    types: Types,
    schedules: Schedules,
    pauses: Pauses,
    limits: Limits,
    batches: Batches,
    plugins: Plugins,
    nodes: Nodes,
    audit: AuditLog,
    bulk: BulkActions,
  },
  init(ctx) {
    ctx.guarded.get('/', async (c) => {
      await ctx.authorize(c, 'view', 'some');
      return c.json(
        Object.entries(ctx.needs).flatMap(([name, service]) => methodsIn(service).map((one) => `${name}/${one}`)),
      );
    });
    ctx.guarded.post('/:service/:method/:id?', async (c) => {
      const { service, method, id } = c.req.param();
      const of = ctx.needs[service as 'jobs'] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const args = [...(id ? [id] : []), ...((await c.req.json()) as unknown[])];
      return c.json((await of[method]?.(await ctx.authorize(c), ...args)) ?? null);
    });
  },
});
const services: [call: string, action: Action | null, args?: unknown[]][] = [
  ['jobs/list', 'view'],
  ['jobs/list', 'view', [{ q: 'CANARY' }]],
  ['jobs/get/ID', 'view'],
  ['jobs/history/ID', 'view'],
  ['jobs/logs/ID', 'view'],
  ['jobs/receipts/ID', 'view'],
  ['jobs/links/ID', 'view'],
  ['jobs/why/ID', 'view'],
  ['jobs/view/ID', 'view'],
  ['jobs/failures', 'view'],
  ['jobs/add', 'add', [{ type: 'order', data: {} }]],
  ['jobs/addMany', 'add', [[{ type: 'order', data: {} }]]],
  ['jobs/run/ID', 'operate'],
  ['jobs/cancel/ID', 'operate'],
  ['jobs/signal/ID', 'operate', ['go']],
  ['jobs/retry/ID', 'operate'],
  ['jobs/progress/ID', 'operate', [{ percentage: 1 }]],
  ['jobs/remove/ID', 'operate'],
  ['bulk/start', 'operate', [{ action: 'cancel', filter: { type: 'order' } }]],
  ['types/list', 'view'],
  ['schedules/list', 'view'],
  ['schedules/get', 'view', ['shop/digest']],
  ['schedules/preview', 'view', [{ schedule: '0 9 * * *' }]],
  ['schedules/run', 'operate', ['shop/digest']],
  ['schedules/pause', 'operate', ['shop/digest']],
  ['schedules/resume', 'operate', ['shop/digest']],
  ['schedules/save', 'administer', [{ name: 'taken', type: 'order', schedule: '0 1 * * *', data: {} }]],
  ['schedules/change', 'administer', ['shop/digest', { schedule: '0 1 * * *' }]],
  ['schedules/remove', 'administer', ['shop/digest']],
  ['pauses/list', 'view'],
  ['pauses/pause', 'operate', [{ kind: 'type', name: 'order' }]],
  ['pauses/resume', 'operate', ['type', 'order']],
  ['plugins/list', 'view'],
  ['plugins/panels', 'view'],
  ['plugins/pages', 'view'],
  ['plugins/panel', 'view', ['shop', 'sales']],
  ['plugins/removed', 'administer'],
  ['plugins/settings', 'administer', ['email']],
  ['plugins/configure', 'administer', ['email', {}]],
  ['plugins/disable', 'administer', ['email']],
  ['plugins/purge', 'administer', ['email']],
  ['plugins/enable', 'administer', ['email']],
  ['batches/list', 'view'],
  ['batches/get/none', 'view'],
  ['batches/jobs/none', 'view'],
  ['batches/cancel/none', 'operate'],
  ['batches/retry/none', 'operate'],
  ['limits/list', 'view'],
  ['limits/change', 'administer', ['order', { concurrency: 1 }]],
  ['limits/reset', 'administer', ['order']],
  ['nodes/list', 'view'],
  ['nodes/metrics', 'view'],
  ['nodes/readiness', null],
  ['audit/list', 'administer'],
];

const methodsIn = (service: object): string[] => {
  const names = new Set([...Object.keys(service), ...Object.getOwnPropertyNames(Object.getPrototypeOf(service))]);
  for (const name of ['constructor', ...Object.getOwnPropertyNames(Object.prototype)]) names.delete(name);
  return [...names].filter((name) => typeof Reflect.get(service, name) === 'function');
};

/** `jobs/list`, ...: every method of every service that knows its caller. */
export const methodsOf = async (jobs: TestJobs, headers: Record<string, string>): Promise<string[]> =>
  (await (await jobs.request('/plugins/direct/guarded', { as: 'anonymous', headers })).json()) as string[];

export type Row = [address: string, action: Action | null, body?: unknown];

/**
 * The second element is the right that it needs, null for what is open to everybody. `ID` is a job that waits. A route of the
 * application that no row reaches fails the last test of this table.
 */
export const rows: Row[] = [
  ['GET /api/jobs', 'view'],
  ['GET /api/jobs?q=CANARY', 'view'],
  ['GET /api/jobs/ID', 'view'],
  ['GET /api/jobs/ID/history', 'view'],
  ['GET /api/jobs/ID/logs', 'view'],
  ['GET /api/jobs/ID/receipts', 'view'],
  ['GET /api/jobs/ID/links', 'view'],
  ['GET /api/jobs/ID/why', 'view'],
  ['GET /api/jobs/ID/view', 'view'],
  ['GET /api/failures', 'view'],
  ['GET /api/batches', 'view'],
  ['GET /api/batches/none', 'view'],
  ['GET /api/batches/none/jobs', 'view'],
  ['POST /api/batches/none/cancel', 'operate'],
  ['POST /api/batches/none/retry', 'operate'],
  ['GET /api/limits', 'view'],
  ['GET /api/pauses', 'view'],
  ['GET /api/metrics', 'view'],
  ['GET /api/me', 'view'],
  ['GET /api/nodes', 'view'],
  ['GET /api/schedules', 'view'],
  ['GET /api/cron?schedule=0+9+*+*+*', 'view'],
  ['GET /api/schedules/shop/digest', 'view'],
  ['GET /api/schedules/shop%2Fdigest', 'view'],
  ['GET /api/plugins', 'view'],
  ['GET /api/panels', 'view'],
  ['GET /api/panels/shop/sales', 'view'],
  ['GET /api/types', 'view'],
  ['GET /api/openapi.json', 'view'],
  ['POST /api/ticket', 'view'],
  ['GET /some/page', 'view'],
  ['POST /api/jobs', 'add', { type: 'order', data: {} }],
  ['POST /api/jobs/ID/run', 'operate'],
  ['POST /api/jobs/ID/cancel', 'operate'],
  ['POST /api/jobs/ID/signals/go', 'operate'],
  ['GET /signals/some/code?key=go', null],
  ['POST /signals/some/code?key=go', null],
  ['POST /api/jobs/ID/retry', 'operate', {}],
  ['POST /api/jobs/ID/progress', 'operate', { percentage: 1 }],
  ['DELETE /api/jobs/ID', 'operate'],
  ['POST /api/jobs/bulk', 'operate', { action: 'cancel', filter: { type: 'order' } }],
  ['POST /api/pauses', 'operate', { kind: 'type', name: 'order' }],
  ['DELETE /api/pauses/type/order', 'operate'],
  ['PATCH /api/limits/order', 'administer', { concurrency: 1 }],
  ['DELETE /api/limits/order', 'administer'],
  ['DELETE /api/pauses/plugin/shop', 'operate'],
  ['POST /api/schedules/shop/digest/run', 'operate'],
  ['POST /api/schedules/shop%2Fdigest/run', 'operate'],
  ['POST /api/schedules/shop/digest/pause', 'operate'],
  ['POST /api/schedules/shop%2Fdigest/pause', 'operate'],
  ['POST /api/schedules/shop/digest/resume', 'operate'],
  ['POST /api/schedules/shop%2Fdigest/resume', 'operate'],
  ['POST /api/schedules', 'administer', { type: 'order', schedule: '0 1 * * *', data: {} }],
  ['POST /api/schedules', 'administer', { name: 'taken', type: 'order', schedule: '0 1 * * *', data: {} }],
  [
    'POST /api/schedules',
    'administer',
    { name: 'taken', schedule: '0 1 * * *', jobData: { type: 'order-add', data: { owner: 'ann' } } },
  ],
  ['PUT /api/schedules/shop/digest', 'administer', { schedule: '0 1 * * *' }],
  ['PUT /api/schedules/shop%2Fdigest', 'administer', { schedule: '0 1 * * *' }],
  ['DELETE /api/schedules/shop/digest', 'administer'],
  ['DELETE /api/schedules/shop%2Fdigest', 'administer'],
  ['GET /api/log', 'administer'],
  ['GET /api/plugins/email/config', 'administer'],
  ['PUT /api/plugins/email/config', 'administer', {}],
  ['POST /api/plugins/email/disable', 'administer'],
  ['DELETE /api/plugins/email/data', 'administer'],
  ['POST /api/plugins/email/enable', 'administer'],
  ['GET /plugins/shop/orders', 'administer'],
  ['POST /plugins/shop/orders', 'administer'],
  ['GET /plugins/email/mailbox', 'administer'],
  ['GET /plugins/nothing/here', 'administer'],
  ['GET /plugins/shop/public/hook', null],
  ['POST /plugins/shop/public/hook', null],
  ['GET /health', null],
  ['GET /ready', null],
  ...services.map(([call, action, args = []]): Row => [`POST /plugins/direct/guarded/${call}`, action, args]),
];

/**
 * `/ws` answers to an upgrade only: `foreign-jobs.test.ts` and `job-secrets.test.ts` send it. The others only write to the log what a plugin did,
 * and show nothing.
 */
export const ELSEWHERE = new Set(['/ws', '/audit/add', '/audit/done']);

export const send = (jobs: TestJobs, [address, , body]: Row, id: string, headers: Record<string, string>) => {
  const [method = '', path = ''] = address.split(' ');
  return jobs.request(path.replace('ID', id), {
    method,
    as: 'anonymous',
    headers: { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
};
