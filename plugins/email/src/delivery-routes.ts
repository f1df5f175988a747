// Administrator routes for deliveries and the suppression list.
import { JobsError, type PluginContext } from '@phraseworks/sdk';
import { isAddress, NOT_AN_ADDRESS } from './address.ts';
import { jsonOf } from './body.ts';
import { fromCursor, type Place } from './cursor.ts';
import { STATES } from './outcome.ts';
import type { Suppressions } from './suppressions.ts';
import { REASONS } from './tables.ts';
import type { Tracking } from './tracking.ts';

const MOST = 500;
const USUAL = 100;

const wrong = (path: string, message: string): never => {
  throw new JobsError('INVALID_DATA', `${path} ${message}`, { errors: [{ path, message }] });
};

/** Reads `limit` and `cursor`; `keys` is the number of keys in a cursor. Throws `INVALID_DATA`. */
function pagingOf(query: Record<string, string>, keys: number): { limit: number; after: Place | undefined } {
  const limit = query.limit === undefined ? USUAL : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) wrong('limit', `must be a number from 1 to ${MOST}`);
  const after = query.cursor === undefined ? undefined : fromCursor(query.cursor, keys);
  if (after === null) return wrong('cursor', 'is invalid: use `next` of the previous page');
  return { limit, after };
}

/** One of `values`, or undefined when it is not asked for. Throws `INVALID_DATA`. */
function oneOf<T extends string>(value: string | undefined, values: readonly T[], path: string): T | undefined {
  if (value === undefined) return undefined;
  return values.find((one) => one === value) ?? wrong(path, `must be one of ${values.join(', ')}`);
}

type Host = Pick<PluginContext, 'routes' | 'clock'>;

export function addDeliveryRoutes({ routes, clock }: Host, tracking: Tracking): void {
  routes.get('/deliveries', async (c) => {
    const query = c.req.query();
    const { rows, next } = await tracking.list({
      jobId: query.jobId,
      address: query.address,
      state: oneOf(query.state, STATES, 'state'),
      ...pagingOf(query, 2),
    });
    return c.json({
      deliveries: rows.map(({ job_id, recipient, message_id, state, response, attempts, at }) => ({
        jobId: job_id,
        recipient,
        messageId: message_id,
        state,
        response,
        attempts,
        at: clock.iso(at),
      })),
      nextCursor: next,
    });
  });
}

const noAddress = () =>
  new JobsError('INVALID_DATA', `address ${NOT_AN_ADDRESS}`, {
    errors: [{ path: 'address', message: NOT_AN_ADDRESS }],
  });

export function addSuppressionRoutes({ routes, clock }: Host, suppressions: Suppressions): void {
  routes.get('/suppressions', async (c) => {
    const query = c.req.query();
    const { rows, next } = await suppressions.list({
      address: query.address,
      reason: oneOf(query.reason, REASONS, 'reason'),
      ...pagingOf(query, 2),
    });
    return c.json({ suppressions: rows.map((row) => ({ ...row, at: clock.iso(row.at) })), nextCursor: next });
  });

  routes.post('/suppressions', async (c) => {
    const body = jsonOf(await c.req.text()) as { address?: unknown; reason?: unknown; note?: unknown };
    if (!isAddress(body.address)) throw noAddress();
    const reason = oneOf(body.reason === undefined ? 'manual' : String(body.reason), REASONS, 'reason') ?? 'manual';
    const added = await suppressions.add(body.address, reason, typeof body.note === 'string' ? body.note : '');
    return c.json({ address: body.address.toLowerCase(), reason, added }, added ? 201 : 200);
  });

  const remove = async (address: string, reason: string | undefined): Promise<{ removed: number }> => {
    if (!isAddress(address)) throw noAddress();
    const removed = await suppressions.remove(address, oneOf(reason, REASONS, 'reason'));
    if (removed === 0) throw new JobsError('NOT_FOUND', 'This address is not on the list.');
    return { removed };
  };
  routes.delete('/suppressions/:address', async (c) =>
    c.json(await remove(c.req.param('address'), c.req.query('reason'))),
  );
  // For the button on the page.
  routes.post('/suppressions/:address/remove', async (c) =>
    c.json(await remove(c.req.param('address'), c.req.query('reason'))),
  );
}
