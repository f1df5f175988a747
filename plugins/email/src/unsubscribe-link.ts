// Signed unsubscribe links, so that only the recipient can unsubscribe the address.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { isAddress } from './address.ts';
import type { Database } from './tables.ts';

const TABLE = 'pwj_email_secrets';
const NAME = 'links';

type Secret = () => Promise<string>;

export function createSecret(
  db: Database,
  configured?: string,
  make = () => randomBytes(32).toString('base64url'),
): Secret {
  let known: Promise<string> | undefined;

  async function stored(): Promise<string | undefined> {
    const row = await db.selectFrom(TABLE).select('value').where('name', '=', NAME).executeTakeFirst();
    return row?.value;
  }

  async function storedOrNew(): Promise<string> {
    const there = await stored();
    if (there !== undefined) return there;
    const value = make();
    const insert = db.insertInto(TABLE).values({ name: NAME, value });
    await insert.onConflict((conflict) => conflict.doNothing()).execute();
    // Another process may have been faster: then its secret is everybody's.
    return (await stored()) ?? value;
  }

  return () => {
    if (configured !== undefined) return Promise.resolve(configured);
    known ??= storedOrNew().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}

const MAC_BYTES = 16;
const TOKEN = /^([A-Za-z0-9_-]{2,400})\.([A-Za-z0-9_-]{22})$/;

export type UnsubscribeLinks = ReturnType<typeof createUnsubscribeLinks>;

export function createUnsubscribeLinks(
  publicUrl: string | undefined,
  secret: Secret,
  newMark: () => string = randomUUID,
) {
  const base =
    publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, '')}/plugins/email/public/unsubscribe/`;

  async function sign(address: string): Promise<Buffer> {
    const mac = createHmac('sha256', await secret()).update(`unsubscribe\n${address}`);
    return mac.digest().subarray(0, MAC_BYTES);
  }

  return {
    /**
     * Stands in a mail where each recipient's own link goes; the link as a template sees it. Undefined without `publicUrl`.
     * Unguessable, so that template variables cannot place the link.
     */
    mark: base === undefined ? undefined : `${base}${newMark()}`,

    async linkFor(address: string): Promise<string | undefined> {
      if (base === undefined) return undefined;
      const key = address.toLowerCase();
      const mac = await sign(key);
      return `${base}${Buffer.from(key, 'utf8').toString('base64url')}.${mac.toString('base64url')}`;
    },

    /** The address; null if the token is not ours. */
    async read(token: string): Promise<string | null> {
      const [, name = '', mac = ''] = TOKEN.exec(token) ?? [];
      const address = Buffer.from(name, 'base64url').toString('utf8');
      if (!isAddress(address)) return null;
      const given = Buffer.from(mac, 'base64url');
      const right = await sign(address);
      return given.length === right.length && timingSafeEqual(given, right) ? address : null;
    },
  };
}
