// Signing in if the host has no `authorize`: single-use codes in links, and signed cookies and tokens.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../kernel/clock.ts';
import type { Dialect } from './dialect.ts';

const ROW = 'sign_in';
const BYTES = 32;
const DAY = 86_400_000;
/** How long a browser stays signed in. */
const COOKIE_LIFETIME = 30 * DAY;
/** Links not opened yet; beyond this the oldest is dropped. */
const MOST_CODES = 100;
/** How long the key is cached: a revoked cookie is refused after this time at the latest. */
const KEY_AGE = 1_000;

/** What a signature is for: a browser's cookie, or a script's bearer token. */
export type Credential = 'cookie' | 'token';

/** The one row that all processes share. */
interface Stored {
  /** Signs cookies and tokens. */
  key: string;
  codes: { hash: string; until: number }[];
  /** The page's address, as known to the process that started last. */
  url: string | null;
}

export interface Cookie {
  name: string;
  value: string;
  /** Seconds. */
  maxAge: number;
}

export interface SignInAround {
  dialect: Dialect;
  clock: Clock;
  random: Random;
}

export class SignIn {
  readonly #dialect: Dialect;
  readonly #clock: Clock;
  readonly #random: Random;
  #seen: { key: string | undefined; at: number } | undefined;

  constructor({ dialect, clock, random }: SignInAround) {
    this.#dialect = dialect;
    this.#clock = clock;
    this.#random = random;
  }

  /** A code for one link, valid once within `lifetime` milliseconds. `url`: the page of this process, for later links. */
  async code(lifetime: number, url?: string): Promise<string> {
    const code = this.#secret();
    const now = this.#clock.now();
    await this.#change((before) => {
      const { key, codes, url: known } = before ?? this.#fresh();
      const open = codes.filter(({ until }) => until > now).slice(1 - MOST_CODES);
      return { key, codes: [...open, { hash: hashOf(code), until: now + lifetime }], url: url ?? known };
    });
    return code;
  }

  /** Uses the code up and returns its cookie; null if the code is used, expired or unknown. */
  async redeem(code: string): Promise<Cookie | null> {
    const hash = hashOf(code);
    const now = this.#clock.now();
    const fits = (stored: Stored | null): boolean =>
      stored?.codes.some((one) => one.hash === hash && one.until > now) ?? false;
    // Anybody may guess: look before the database is locked for writing.
    if (!fits(await this.#read())) return null;
    let key: string | undefined;
    await this.#change((before) => {
      key = fits(before) ? before?.key : undefined;
      return before && key !== undefined ? { ...before, codes: before.codes.filter((one) => one.hash !== hash) } : null;
    });
    if (key === undefined) return null;
    const value = signed(key, 'cookie', now + COOKIE_LIFETIME);
    return { name: cookieName(key), value, maxAge: COOKIE_LIFETIME / 1_000 };
  }

  /** A bearer token for scripts, valid for `lifetime` milliseconds. */
  async token(lifetime: number): Promise<string> {
    let key = '';
    await this.#change((before) => {
      const stored = before ?? this.#fresh();
      key = stored.key;
      return before ? null : stored;
    });
    return signed(key, 'token', this.#clock.now() + lifetime);
  }

  /** Creates a new key: all links, cookies and tokens of the old one are refused, in other processes within a second. */
  async revoke(): Promise<void> {
    await this.#change((before) => ({ ...this.#fresh(), url: before?.url ?? null }));
    this.#seen = undefined;
  }

  /** The page's address, as known to the process that started last. */
  async url(): Promise<string | null> {
    return (await this.#read())?.url ?? null;
  }

  /** Was this created here for this use, and is it still valid? */
  async holds(kind: Credential, text: string): Promise<boolean> {
    const until = Number(/^pwj_[a-z]+\.(\d{13,14})\.[\w-]{43}$/.exec(text)?.[1] ?? Number.NaN);
    if (!(until > this.#clock.now())) return false;
    const key = await this.#key();
    if (key === undefined) return false;
    const [own, given] = [Buffer.from(signed(key, kind, until)), Buffer.from(text)];
    return own.length === given.length && timingSafeEqual(own, given);
  }

  /** The cookie's name, different for each database, so that two sites on one host do not sign each other out. Undefined if no cookie was issued yet. */
  async cookieName(): Promise<string | undefined> {
    const key = await this.#key();
    return key === undefined ? undefined : cookieName(key);
  }

  async #key(): Promise<string | undefined> {
    const now = this.#clock.now();
    const seen = this.#seen;
    if (seen && now - seen.at < KEY_AGE && now >= seen.at) return seen.key;
    try {
      const key = (await this.#read())?.key;
      this.#seen = { key, at: now };
      return key;
    } catch (error) {
      // While the database is unavailable, it cannot have been revoked.
      if (seen) return seen.key;
      throw error;
    }
  }

  async #read(): Promise<Stored | null> {
    const { reader } = this.#dialect;
    const row = await reader.selectFrom('pwj_meta').select('value').where('key', '=', ROW).executeTakeFirst();
    return row ? (JSON.parse(row.value) as Stored) : null;
  }

  /** `change` may be called again; null: nothing is written. */
  async #change(change: (before: Stored | null) => Stored | null): Promise<void> {
    try {
      await this.#write(change);
    } catch (error) {
      if (!this.#dialect.isDuplicate(error)) throw error;
      // Another process has inserted the row meanwhile.
      await this.#write(change);
    }
  }

  #write(change: (before: Stored | null) => Stored | null): Promise<void> {
    return this.#dialect.transaction(async (tx) => {
      const row = await tx
        .locked(tx.db.selectFrom('pwj_meta').select('value').where('key', '=', ROW))
        .executeTakeFirst();
      const next = change(row ? (JSON.parse(row.value) as Stored) : null);
      if (next === null) return;
      const value = JSON.stringify(next);
      if (row) await tx.db.updateTable('pwj_meta').set({ value }).where('key', '=', ROW).execute();
      else await tx.db.insertInto('pwj_meta').values({ key: ROW, value }).execute();
    });
  }

  #fresh(): Stored {
    return { key: this.#secret(), codes: [], url: null };
  }

  #secret(): string {
    const bytes = new Uint8Array(BYTES);
    this.#random.bytes(bytes);
    return Buffer.from(bytes).toString('base64url');
  }
}

/** `url`: the page's address, `http://localhost:3210/jobs`. */
export const linkOf = (url: string, code: string): string => `${url}/sign-in?code=${code}`;

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

const macOf = (key: string, text: string): string =>
  createHmac('sha256', Buffer.from(key, 'base64url')).update(text).digest('base64url');

/** Sign the kind too, so that a cookie is not accepted as a token. */
function signed(key: string, kind: Credential, until: number): string {
  const text = `pwj_${kind}.${until}`;
  return `${text}.${macOf(key, text)}`;
}

const cookieName = (key: string): string =>
  `pwj_${macOf(key, 'name')
    .replace(/[^a-z0-9]/gi, '')
    .slice(0, 10)}`;
