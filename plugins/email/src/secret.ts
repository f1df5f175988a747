// The secret that signs links: configured, or generated once and stored for all processes.
import { randomBytes } from 'node:crypto';
import type { Database } from './tables.ts';

const TABLE = 'pwj_email_secrets';
const NAME = 'links';

export type Secret = () => Promise<string>;

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
