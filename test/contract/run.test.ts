// What outsiders see, recorded: answers and events. A difference from the record is named in the
// changelog, or is a mistake. `npx vitest run test/contract/run.test.ts -u` writes the record anew.

import { definePlugin } from '@phraseworks/sdk';
import { createTestJobs, type TestJobs } from '@phraseworks/testing';
import { expect, test } from 'vitest';

const kept = (name: string): string => new URL(`../record/${name}`, import.meta.url).pathname;

const shop = definePlugin({
  name: 'shop',
  version: '1.2.3',
  async init(ctx) {
    ctx.registerProcessor<string>(
      'order',
      async (data: { fails?: boolean }, _id, _attempt, job) => {
        await job.progress({ percentage: 50, message: 'packing' });
        job.log.info('packed', { boxes: 2 });
        if (data.fails) throw new Error('out of stock');
        return { success: true, result: { shipped: true } };
      },
      { maxRetries: 1, retryDelay: 1_000, example: { n: 1 } },
    );
    await ctx.scheduleJob({ name: 'digest', schedule: '0 9 * * *', jobData: { type: 'order', data: { n: 9 } } });
    ctx.routes.get('/orders', (c) => c.json({ orders: 1 }));
    ctx.panel({ id: 'sales', title: 'Sales', data: () => [{ type: 'stat', label: 'Sold', value: 3 }] });
  },
});

type Step = [method: string, path: string, body?: unknown];

/** `ID1` is the first id that was seen, and so on; a number moves the clock by so many milliseconds. */
const RUN: (Step | number)[] = [
  ['POST', '/api/jobs', { type: 'order', data: { n: 1, password: 'hunter2' } }],
  ['POST', '/api/jobs', { type: 'order', data: { fails: true }, priority: 'high', idempotencyKey: 'a' }],
  ['POST', '/api/jobs', { type: 'order', data: { fails: true }, idempotencyKey: 'a' }],
  ['POST', '/api/jobs', { type: 'order', data: {}, delay: 60_000 }],
  ['POST', '/api/jobs', { type: 'no_such', data: {} }],
  ['POST', '/api/jobs', { type: 'order', data: {}, priority: 'urgent!' }],
  ['GET', '/api/jobs/ID1'],
  ['GET', '/api/jobs/ID2/why'],
  ['POST', '/api/jobs/ID4/cancel'],
  1_000,
  ['GET', '/api/jobs/ID2'],
  ['GET', '/api/failures'],
  ['GET', '/api/jobs/ID2/history'],
  ['GET', '/api/jobs/ID2/logs'],
  ['GET', '/api/jobs/ID2/receipts'],
  ['GET', '/api/jobs/ID2/view'],
  ['POST', '/api/jobs/ID2/retry', { data: { n: 2 } }],
  ['GET', '/api/jobs/ID2'],
  ['POST', '/api/jobs/ID2/cancel'],
  ['GET', '/api/jobs?status=cancelled'],
  ['GET', '/api/jobs?q=hunter2&limit=1'],
  ['GET', '/api/jobs?limit=wrong'],
  ['POST', '/api/jobs/bulk', { action: 'retry', filter: { status: 'cancelled' } }],
  ['GET', '/api/jobs/ID4'],
  ['POST', '/api/pauses', { kind: 'type', name: 'order' }],
  ['GET', '/api/pauses'],
  ['POST', '/api/jobs', { type: 'order', data: { n: 5 } }],
  ['GET', '/api/jobs?type=order&status=pending'],
  ['DELETE', '/api/pauses/type/order'],
  ['DELETE', '/api/jobs/ID1'],
  ['GET', '/api/jobs/ID1'],
  ['GET', '/api/schedules'],
  ['GET', '/api/schedules/shop/digest'],
  ['PUT', '/api/schedules/shop/digest', { schedule: 'daily' }],
  ['PUT', '/api/schedules/shop/digest', { schedule: '0 10 * * *', timezone: 'Europe/Berlin' }],
  ['POST', '/api/schedules/shop/digest/run'],
  ['POST', '/api/schedules/shop/digest/pause'],
  ['GET', '/api/types'],
  ['GET', '/api/plugins'],
  ['GET', '/api/panels'],
  ['GET', '/api/panels/shop/sales'],
  ['GET', '/plugins/shop/orders'],
  ['POST', '/api/plugins/shop/disable', {}],
  ['POST', '/api/jobs', { type: 'order', data: { n: 6 } }],
  ['GET', '/plugins/shop/orders'],
  ['POST', '/api/plugins/shop/enable', {}],
  ['GET', '/api/me'],
  ['GET', '/api/metrics'],
  ['GET', '/health'],
  ['GET', '/nothing'],
];

/** Ids by the order in which they were seen, and what differs from run to run or from engine to engine by a dash. */
class Names {
  readonly #ids: string[] = [];

  id(name: string): string {
    return this.#ids[Number(name.slice(2)) - 1] ?? name;
  }

  in(text: string): string {
    return text
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
        if (!this.#ids.includes(id)) this.#ids.push(id);
        return `ID${this.#ids.indexOf(id) + 1}`;
      })
      .replace(/"(stack|initMs)":(?:"(?:[^"\\]|\\.)*"|[\d.]+)/g, '"$1":"-"');
  }
}

async function answer(jobs: TestJobs, [method, path, body]: Step): Promise<string> {
  const response = await jobs.request(path, {
    method,
    body: body === undefined ? null : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return `${response.status} ${await response.text()}`;
}

test('a scripted run gives the recorded answers and events', async () => {
  await using jobs = await createTestJobs({ plugins: { shop: { use: shop } } });
  const names = new Names();
  const lines: string[] = [];
  for (const step of RUN) {
    if (typeof step === 'number') await jobs.advance(step);
    else {
      const [method, path, body] = step;
      const said = await answer(jobs, [method, path.replace(/ID\d+/, (name) => names.id(name)), body]);
      lines.push([method, path, JSON.stringify(body)].join(' ').trim(), names.in(said), '');
      await jobs.idle();
    }
  }
  lines.push('Events', ...jobs.events.map((event) => names.in(JSON.stringify(event))));
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(kept('run.txt'));
});
