// A site for tests of forms: a plugin with a schema for its data and its settings, one that needs it, and forms that are filled in as browsers do.

import { definePlugin, token } from '@phraseworks/sdk';
import { createTestJobs, type TestUser } from '@phraseworks/testing';
import { Window } from 'happy-dom';
import { z } from 'zod';
import dashboard from '../src/index.ts';
import { mounted, type Site } from './site.ts';

export { BASE } from './site.ts';
export const SECRET = 'CANARY-of-the-shop';

const Shop = token<object>('shop/api');

const Order = z.strictObject({
  item: z.string().max(20),
  count: z.int().min(1).max(9),
  to: z.union([z.string(), z.array(z.string())]).optional(),
  steps: z
    .array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('wrap'), paper: z.string().optional() }),
        z.object({ type: z.literal('ship'), days: z.int() }),
      ]),
    )
    .optional(),
  apiKey: z.string().optional(),
});

const Settings = z.strictObject({
  name: z.string().min(2).default('Shop'),
  key: z.string().meta({ secret: true }).optional(),
  hosts: z.array(z.string()).default([]),
  limits: z.strictObject({ most: z.int().min(1).default(5) }).prefault({}),
  folder: z.string().optional(),
  attic: z.string().optional().meta({ description: 'Moved to the setting folder.', deprecated: true }),
  shelves: z.array(z.strictObject({ name: z.string() })).default([]),
});

const shop = definePlugin({
  name: 'shop',
  title: 'Shop',
  config: Settings,
  fileOnly: ['folder', 'attic', 'shelves'],
  provides: [Shop],
  init(ctx) {
    if (ctx.config.name === 'Closed') throw new Error('the shop is closed');
    ctx.provide(Shop, {});
    ctx.registerProcessor('order', () => ({ success: true }), {
      data: Order,
      key: ['item'],
      example: { item: 'cup', count: 2 },
    });
    ctx.routes.get('/orders', (c) => c.json([]));
  },
});

const ads = definePlugin({ name: 'ads', title: 'Ads', needs: { shop: Shop }, init: () => {} });

export interface FormSite extends Site {
  post(path: string, fields: Record<string, string>, as?: TestUser): Promise<Response>;
}

/** `shopIsOn`: when the site starts. `config`: of the shop. */
export async function openFormSite(shopIsOn = true, config: Partial<z.input<typeof Settings>> = {}): Promise<FormSite> {
  const jobs = await createTestJobs({
    plugins: {
      dashboard: { use: dashboard },
      shop: {
        use: shop,
        enabled: shopIsOn,
        config: { key: SECRET, hosts: ['a.example'], folder: 'goods', shelves: [{ name: 'top' }], ...config },
      },
      ads: { use: ads },
    },
  });
  const site = mounted(jobs);
  return {
    ...site,
    post: (path, fields, as) => site.submit(path, as, undefined, new URLSearchParams(fields)),
  };
}

/** What a browser would send for the form of a page, without its buttons. */
export function fieldsIn(html: string, form = '#schema-form'): Record<string, string> {
  const { document } = new Window();
  document.body.innerHTML = html.slice(html.indexOf('<body'));
  const fields: Record<string, string> = {};
  for (const field of document.querySelectorAll(`${form} :is(input, select, textarea)[name]`)) {
    const chosen = field.querySelector('option[selected]') ?? field.querySelector('option');
    const value = field.tagName === 'TEXTAREA' ? field.textContent : (chosen ?? field).getAttribute('value');
    const isOff = /^(?:checkbox|radio)$/.test(field.getAttribute('type') ?? '') && !field.hasAttribute('checked');
    if (!isOff) fields[field.getAttribute('name') ?? ''] = value ?? '';
  }
  return fields;
}
