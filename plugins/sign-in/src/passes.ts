// Links, sessions and tokens: made, looked up and ended. Only hashes of their secrets are stored.
import { createHash, randomBytes } from 'node:crypto';
import { type Action, JobsError } from '@phraseworks/sdk';
import type { Database, Kind, PassRow } from './tables.ts';

const PASSES = 'pwj_sign_in_passes';
const SITE = 'pwj_sign_in_site';
const SITE_ID = 1;

export const DAY = 86_400_000;
/** How long a browser stays signed in. */
export const SESSION_LIFETIME = 30 * DAY;
/** How old what was read may be: a pass that another process ended is refused after this time at the latest. */
const MOST_AGE = 1_000;
const MINUTE = 60_000;

export const RIGHTS: readonly Action[] = ['view', 'add', 'operate', 'administer'];

/** A session or a token, as administrators see it. */
export interface Pass {
  /** Does not reveal the secret. */
  id: string;
  kind: Kind;
  name: string | null;
  may: readonly Action[];
  began: number;
  seen: number | null;
  ends: number;
}

interface PassesNeeds {
  db: Database;
  now(): number;
  random?(bytes: number): Buffer;
}

export class Passes {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #random: (bytes: number) => Buffer;
  #known: ReadonlyMap<string, PassRow> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor({ db, now, random = randomBytes }: PassesNeeds) {
    this.#db = db;
    this.#now = now;
    this.#random = random;
  }

  /** The name of the cookie of this database. */
  async cookieName(): Promise<string> {
    const cookie = `pwj_${this.#random(5).toString('hex')}`;
    const row = { id: SITE_ID, cookie };
    await this.#db
      .insertInto(SITE)
      .values(row)
      .onConflict((at) => at.column('id').doNothing())
      .execute();
    return (await this.#db.selectFrom(SITE).select('cookie').where('id', '=', SITE_ID).executeTakeFirstOrThrow())
      .cookie;
  }

  /** The page's address, as known to the process that started last. */
  async page(): Promise<string | null> {
    return (await this.#db.selectFrom(SITE).select('page').where('id', '=', SITE_ID).executeTakeFirst())?.page ?? null;
  }

  async setPage(page: string): Promise<void> {
    await this.#db.updateTable(SITE).set({ page }).where('id', '=', SITE_ID).execute();
  }

  /** The code of a link that signs in once within `lifetime` milliseconds. */
  link(lifetime: number): Promise<string> {
    return this.#add('link', this.#secret(), { name: null, may: RIGHTS, lifetime });
  }

  /** A token for scripts. Throws `INVALID_STATE` if another one has the name. */
  async token(name: string, may: readonly Action[], lifetime: number): Promise<string> {
    const token = await this.#add('token', `pwj_token_${this.#secret()}`, { name, may, lifetime });
    await this.#read();
    if (this.#known.has(hashOf(token))) return token;
    throw new JobsError('INVALID_STATE', `There is a token named ${name}: revoke it first, or choose another name.`);
  }

  async #add(
    kind: Kind,
    secret: string,
    { name, may, lifetime }: { name: string | null; may: readonly Action[]; lifetime: number },
  ): Promise<string> {
    const now = this.#now();
    await this.#db.deleteFrom(PASSES).where('ends', '<=', now).execute();
    const row = { hash: hashOf(secret), kind, name, may: may.join(), began: now, seen: null, ends: now + lifetime };
    await this.#db
      .insertInto(PASSES)
      .values(row)
      .onConflict((at) => at.column('name').doNothing())
      .execute();
    return secret;
  }

  /** Turns the link with this code into a session, once, and returns the secret of the session; null if the code is used, expired or unknown. */
  async redeem(code: string): Promise<string | null> {
    // Anybody may guess: look before the database is locked for writing.
    if (!(await this.find('link', code))) return null;
    const secret = this.#secret();
    const now = this.#now();
    const session = {
      hash: hashOf(secret),
      kind: 'session',
      began: now,
      seen: now,
      ends: now + SESSION_LIFETIME,
    } as const;
    const done = await this.#db
      .updateTable(PASSES)
      .set(session)
      .where('hash', '=', hashOf(code))
      .where('kind', '=', 'link')
      .where('ends', '>', now)
      .executeTakeFirst();
    return Number(done.numUpdatedRows) === 1 ? secret : null;
  }

  /** The pass with this secret; null if it was never made, has ended, or is for something else. */
  async find(kind: Kind, secret: string): Promise<Pass | null> {
    const hash = hashOf(secret);
    const now = this.#now();
    const isFresh = Math.abs(now - this.#readAt) < MOST_AGE;
    // Another process may have made it a moment ago.
    if (!isFresh || !this.#known.has(hash))
      await this.#read().catch((error: unknown) => {
        // While the database is unavailable, it cannot have been ended.
        if (!this.#known.has(hash)) throw error;
      });
    const row = this.#known.get(hash);
    if (row?.kind !== kind || row.ends <= now) return null;
    if (kind !== 'link') this.#noteUse(row, now);
    return passOf(row);
  }

  #noteUse(row: PassRow, now: number): void {
    if (row.seen !== null && now - row.seen < MINUTE) return;
    row.seen = now;
    const noted = this.#db.updateTable(PASSES).set({ seen: now }).where('hash', '=', row.hash).execute();
    // No caller awaits it, and the next minute writes it again.
    noted.catch(() => {});
  }

  /** Sessions and tokens, newest first. */
  async list(): Promise<Pass[]> {
    await this.#read();
    const now = this.#now();
    const rows = [...this.#known.values()].filter(({ kind, ends }) => kind !== 'link' && ends > now);
    return rows.sort((a, b) => b.began - a.began).map(passOf);
  }

  /** Ends the sessions with these secrets, of which there are none or one. */
  async signOut(secrets: readonly string[]): Promise<void> {
    const hashes = secrets.map(hashOf);
    if (hashes.length === 0) return;
    await this.#db.deleteFrom(PASSES).where('kind', '=', 'session').where('hash', 'in', hashes).execute();
    await this.#read();
  }

  /** Ends a session or token; false for an unknown id. */
  async end(id: string): Promise<boolean> {
    if (!(await this.list()).some((pass) => pass.id === id)) return false;
    await this.#db.deleteFrom(PASSES).where('hash', 'like', `${id}%`).execute();
    await this.#read();
    return true;
  }

  /** Ends everything: links, sessions and tokens. */
  async endAll(): Promise<void> {
    await this.#db.deleteFrom(PASSES).execute();
    await this.#read();
  }

  /** Reads what is stored from now on. Requests during a reading share the one that follows it, so that guesses do not keep the database busy. */
  #read(): Promise<void> {
    this.#next ??= this.#reading
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        this.#reading = this.#readNow();
        return this.#reading;
      });
    return this.#next;
  }

  async #readNow(): Promise<void> {
    const now = this.#now();
    const rows = await this.#db.selectFrom(PASSES).selectAll().where('ends', '>', now).execute();
    this.#known = new Map(rows.map((row) => [row.hash, row]));
    this.#readAt = now;
  }

  #secret(): string {
    return this.#random(32).toString('base64url');
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Of the hash, whose beginning reveals nothing about the secret. */
const ID_LENGTH = 12;

const passOf = ({ hash, kind, name, may, began, seen, ends }: PassRow): Pass => ({
  id: hash.slice(0, ID_LENGTH),
  kind,
  name,
  may: may.split(',') as Action[],
  began,
  seen,
  ends,
});
