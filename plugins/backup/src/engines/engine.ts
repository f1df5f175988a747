// What a backup needs from a database server. mysql/ (also for MariaDB) and postgres/ implement it.
import type { DatabasePlace } from '@phraseworks/sdk';
import { BackupFailure } from '../failure.ts';
import type { DatabasePart, TableFacts } from '../manifest.ts';
import type { Where } from './client-program.ts';
import type { Login } from './server-url.ts';

export interface DatabaseFacts {
  tables: TableFacts[];
  /** `view seen`, `trigger before_goods`: everything else that a dump holds, by kind and name. */
  objects: string[];
}

export type ServerDump = DatabaseFacts &
  Pick<DatabasePart, 'charset' | 'collation'> & {
    version: string;
    /** In the dump, with a caveat. */
    notes: string[];
    /** Not in the dump, with the reason. */
    missing: { what: string; reason: string }[];
  };

export interface DumpOptions extends Where {
  file: string;
  progress(bytes: number): void;
}

export interface LoadOptions extends Where {
  /** False: leave out events, which would run in a copy like the real ones. */
  withEvents: boolean;
  /** The login was created for this restore, so everything will belong to it. */
  isLimited: boolean;
  progress(bytes: number): void;
}

export interface Limits {
  /** Bytes of the database. */
  bytes: number;
  /** Of one statement, on servers that show its result only at its end. No statement of a dump takes long. */
  seconds: number;
}

/** A login with all privileges in its database and none outside, enforced by the server. */
export interface Limited {
  login: Login;
  /** Ends the restore: keeps the restored data, which still belongs to this login, and disables it. Returns a remark for people, if any. */
  settle(): Promise<string | null>;
  /** After a restore that failed. */
  remove(): Promise<void>;
}

/** The login may not create what a restore needs, which says nothing about the backup. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';
  /** The login reaches more than databases, so no dump may run with its rights. */
  readonly isPowerful: boolean;

  constructor(message: string, isPowerful = false) {
    super(message);
    this.isPowerful = isPowerful;
  }
}

export interface ServerEngine {
  /** Which client programs are missing or too old for this server, and what to install; null: none. Throws `SOURCE_UNREADABLE`. */
  lacks(login: Login, where: Where): Promise<string | null>;
  /** Bytes that its rows and indexes take, as the server counts them. */
  measure(login: Login, where: Where): Promise<number>;
  /** Throws `MISSING_LIBRARY`, `DUMP_FAILED`, `SOURCE_UNREADABLE`, and what `writeFailure` makes of a full disk. */
  dump(login: Login, options: DumpOptions): Promise<ServerDump>;
  /** Describes a restored database, through a limited login because its contents may be hostile. */
  facts(login: Login, where: Where): Promise<DatabaseFacts>;
  /** Runs a dump through the server's own client. Throws `RESTORE_FAILED` with the refused object; if a privilege was missing, the cause is `Refused`. */
  load(login: Login, file: string, options: LoadOptions): Promise<void>;
  /** Resolves once the database that `login` restores into exceeds one of the limits. `owner`: the login that created it. */
  outgrows(login: Login, owner: Login, limits: Limits, where: Where): Promise<void>;
  /** Ends what other sessions of this login are doing in its database: the server does not notice that their client is gone. */
  endSessions(login: Login, where: Where): Promise<void>;
  /** Creates a database for a proof and a login for it. Throws `NotAllowed`, unless `alone` lets it use the given login. */
  makeScratch(login: Login, scratch: { id: string; part: DatabasePart; alone: boolean }, where: Where): Promise<Login>;
  /** Ids of the backups whose scratch databases or logins are on the server. */
  scratches(login: Login, where: Where): Promise<string[]>;
  dropScratch(login: Login, id: string, where: Where): Promise<void>;
  /** Creates the database if it does not exist. Throws `LIVE_DATABASE`, `WRONG_TARGET` or `TARGET_NOT_EMPTY`. */
  prepareTarget(login: Login, target: Target, where: Where): Promise<void>;
  /** Throws `NotAllowed`. */
  limit(login: Login, id: string, where: Where): Promise<Limited>;
  drop(login: Login, where: Where): Promise<void>;
}

export interface Target {
  part: DatabasePart;
  /** Of the jobs' own database. */
  place: DatabasePlace | null;
}

/** Tables cannot be replaced in one step, and a mix of old and new data would be worse than none. */
export const notEmpty = (): BackupFailure =>
  new BackupFailure(
    'TARGET_NOT_EMPTY',
    'the database is not empty, and a database on a server is never overwritten: restore into a new one, then copy from it or point the site to it',
  );

const LONGEST = 63;

/** `<database>_pwj_verify_<id>`, within the name length that every engine allows. */
export const scratchName = (database: string, id: string): string => {
  const end = `_pwj_verify_${id}`;
  return `${database.slice(0, LONGEST - end.length)}${end}`;
};

/** The id in the name of a scratch database or of its login. */
export const scratchId = (name: string): string | undefined => /(?:^|_)pwj_verify_([0-9a-f]{10})$/.exec(name)?.[1];

export const scratchLogin = (id: string): string => `pwj_verify_${id}`;

/** The server refused a statement of a dump because the login may not do it. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export const restoreFailed = (what: string, code: string | null, forWantOfRights: boolean): BackupFailure =>
  new BackupFailure(
    'RESTORE_FAILED',
    `the server refused ${what}${code === null ? '' : ` (error ${code})`}`,
    forWantOfRights ? new Refused(what) : undefined,
  );
