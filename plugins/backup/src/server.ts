// What a database server must be able to do for backups. MySQL with MariaDB, and PostgreSQL, are twins behind this.
import type { DatabasePlace } from '@phraseworks/sdk';
import type { Where } from './client-program.ts';
import { BackupFailure } from './failure.ts';
import type { DatabasePart, TableFacts } from './manifest.ts';
import type { Login } from './server-url.ts';

export interface DatabaseFacts {
  tables: TableFacts[];
  /** `view seen`, `trigger before_goods`: everything else that a dump holds, by kind and name. */
  objects: string[];
}

export type ServerDump = DatabaseFacts &
  Pick<DatabasePart, 'charset' | 'collation'> & {
    version: string;
    /** In the dump, with a reservation. */
    notes: string[];
    /** Not in the dump, with the reason. */
    missing: { what: string; reason: string }[];
  };

export interface DumpOptions extends Where {
  file: string;
  progress(bytes: number): void;
}

export interface LoadOptions extends Where {
  /** False: events are left out. In a copy they would run, and do what the real ones do. */
  withEvents: boolean;
  /** The login was made for this restore: everything will belong to it. */
  isLimited: boolean;
  progress(bytes: number): void;
}

/** A login that may do everything in its database, and reaches nothing outside it. The server enforces that. */
export interface Limited {
  login: Login;
  /** Ends the restore: keeps the restored data and disables this login. Returns a remark for people, if any. */
  settle(): Promise<string | null>;
  /** After a restore that failed. */
  remove(): Promise<void>;
}

/** This login may not make what a restore needs: the backup is no worse for it. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed';
}

export interface ServerEngine {
  /** What the client programs lack for this server, with what to install; null: nothing. Throws `SOURCE_UNREADABLE`. */
  lacks(login: Login, where: Where): Promise<string | null>;
  /** Bytes that its rows and indexes take, as the server counts them. */
  measure(login: Login, where: Where): Promise<number>;
  /** Throws `MISSING_LIBRARY`, `DUMP_FAILED`, `SOURCE_UNREADABLE`, and what `writeFailure` makes of a full disk. */
  dump(login: Login, options: DumpOptions): Promise<ServerDump>;
  /** Of a restored database, by a login that reaches nothing else: what was restored may be hostile. */
  facts(login: Login, where: Where): Promise<DatabaseFacts>;
  /** Runs a dump by the server's own client. Throws `RESTORE_FAILED` with the name of the object that was refused; the cause says whether a right was missing. */
  load(login: Login, file: string, options: LoadOptions): Promise<void>;
  /** A new database for a proof, and a login for it. Throws `NotAllowed`; `alone`: then the login itself is taken. */
  makeScratch(login: Login, scratch: { id: string; part: DatabasePart; alone: boolean }, where: Where): Promise<Login>;
  /** Ids of the backups whose scratch databases or logins are on the server. */
  scratches(login: Login, where: Where): Promise<string[]>;
  dropScratch(login: Login, id: string, where: Where): Promise<void>;
  /** Makes the database where it is not there. Throws `LIVE_DATABASE`, `WRONG_TARGET` or `TARGET_NOT_EMPTY`. */
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

/** Tables cannot be replaced in one step, and half of the old beside half of the new is worse than none. */
export const notEmpty = (): BackupFailure =>
  new BackupFailure(
    'TARGET_NOT_EMPTY',
    'the database is not empty, and a database on a server is never restored over: name a new one, and copy from it or point the site to it',
  );

const LONGEST = 63;

/** `<database>_pwj_verify_<id>`, as long as every engine lets a name be. */
export const scratchName = (database: string, id: string): string => {
  const end = `_pwj_verify_${id}`;
  return `${database.slice(0, LONGEST - end.length)}${end}`;
};

/** Of a scratch database or of its login. */
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
