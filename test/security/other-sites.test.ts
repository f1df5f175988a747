// Pages of other sites, on a site whose users have cookies: they can neither write nor listen, nor read anything.
import type { Authorize } from '@phraseworks/jobs';
import { expect, test } from 'vitest';
import { Listener } from '../support/listener.ts';
import { type LiveSite, openLiveSite } from '../support/live-site.ts';

const TRUSTED = 'https://admin.example.com';

/** A session in a cookie, which browsers send whatever page asks; or a token, which they do not. */
const session: Authorize = (c) =>
  c.req.header('cookie') === 'session=admin' || c.req.header('authorization') === 'Bearer admin'
    ? { user: 'ann' }
    : null;

async function open(): Promise<LiveSite> {
  const site = await openLiveSite({ authorize: session, allowedOrigins: [TRUSTED] });
  site.jobs.registerProcessor('plain', async () => {});
  return site;
}

const cookie = { cookie: 'session=admin' };
const token = { authorization: 'Bearer admin' };

test('a ticket opens exactly one WebSocket for a client that cannot send headers', async () => {
  await using site = await open();
  const response = await fetch(`${site.url}/api/ticket`, { method: 'POST', headers: token });
  const { ticket } = (await response.json()) as { ticket: string };
  await using ws = await Listener.open(`${site.ws}?ticket=${ticket}`);
  expect(ws.heard[0]?.type).toBe('hello');
  expect(await new Listener(`${site.ws}?ticket=${ticket}`).over).toBe(401);
  expect(await new Listener(`${site.ws}?ticket=${ticket.slice(1)}x`).over).toBe(401);
});
